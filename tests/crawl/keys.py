"""Keys that clients tend to change on the way."""

ODD_KEYS = (
    "plain", "a/b/c", "lead", "/lead", "//two", "a//b", "trail/x/", "x//", "./dot", "../up", "a/./b",
    "a/../b", "a/.", "a/..", ".", "..", "...", "dot.", "sp ace", " lead space", "trail space ",
    "plus+plus", "pct%2Fx",
    "pct%zz", "%", "q?x=1", "h#x", "amp&lt;<gt>", "quote'\"", "back\\slash", "{br}", "~", "*", "[x]", "^|`",
    "semi;c:d,e@f=g$h!i(j)", "tab\tx", "line\nx", "return\rx", "control\x01x", "delete\x7fx", "Ünïcödé",
    "e\u0301", "日本/語", "emoji😀", "\u200bzero", "s3://b/k", "C:\\x", "<Key>k</Key>", "]]>",
)  # fmt: skip
