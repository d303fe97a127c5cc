"""What a run found, to where people and programs look: AWS's services, chats, mail, metrics."""

from classifier.notify.deliver import Outcome, deliver, previews
from classifier.notify.messages import Run, facts_of
from classifier.notify.sent import Sent
from classifier.notify.settings import NotifySettings, load_channels

__all__ = ["NotifySettings", "Outcome", "Run", "Sent", "deliver", "facts_of", "load_channels", "previews"]
