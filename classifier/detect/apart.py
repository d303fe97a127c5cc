"""A prefilter beside another one: for the detectors that no expression can be looked for in advance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from classifier.detect.confirm import Hit, Seeker
from classifier.detect.detector import Detector
from classifier.detect.prefilter import Hits, Prefilter, Search
from classifier.detect.spans import Offsets


def beside(inner: Prefilter, detectors: Sequence[Detector], seekers: Mapping[int, Seeker]) -> Prefilter:
    """Return a prefilter that leaves to `inner` what it can find.

    `seekers` are those of the detectors whose values are on a list, by position. Of an expression without
    anything telling (`\\d+`) every place is looked at.
    """
    anywhere = frozenset(
        index
        for index, detector in enumerate(detectors)
        if detector.exact is not None and detector.coarse is None and index not in seekers
    )
    return _Beside(inner, seekers, anywhere) if seekers or anywhere else inner


class _Beside:
    def __init__(self, inner: Prefilter, seekers: Mapping[int, Seeker], anywhere: frozenset[int]) -> None:
        self._inner = inner
        self._seekers = seekers
        self._anywhere = anywhere
        self._own = anywhere | seekers.keys()
        self.tokens = inner.tokens

    def mentioned(self, data: bytes) -> frozenset[int]:
        return self._inner.mentioned(data)

    def keywords(self, data: bytes) -> Mapping[int, Offsets]:
        return self._inner.keywords(data)

    def words(self, data: bytes) -> tuple[frozenset[int], Mapping[int, Offsets]]:
        return self._inner.words(data)

    def hits(self, data: bytes, wanted: frozenset[int]) -> Hits:
        own = wanted & self._own
        if not own:
            return self._inner.hits(data, wanted)
        found = self._found(data, own)
        return {**self._inner.hits(data, wanted - own), **found} if wanted - own else found

    def _found(self, data: bytes, own: frozenset[int]) -> dict[int, Hit]:
        found: dict[int, Hit] = {}
        for index in own:
            if index in self._anywhere:
                found[index] = None
            elif len(starts := self._seekers[index].starts(data)):
                found[index] = starts
        return found

    def opening(
        self, data: bytes, wanted: frozenset[int], *, located: bool
    ) -> tuple[frozenset[int], Mapping[int, Offsets] | None, Search]:
        mentioned, places, search = self._inner.opening(data, wanted - self._own, located=located)

        def hits(wanted: frozenset[int]) -> Hits:
            return {**search(wanted - self._own), **self._found(data, wanted & self._own)}

        return mentioned, places, hits
