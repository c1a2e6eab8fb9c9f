"""Why there is nothing of Webex to see or to do, in words."""

from phonetui.ui.session import Cloud, Session

READ_ONLY = "read-only: nothing was sent"
NO_WEBEX = "No Webex is configured: 'phonetui webex login', or a token in [webex] of the configuration."


def why_not(session: Session) -> str:
    """Empty where an organization in Webex can be asked."""
    if session.is_private:
        return "The privacy mask hides Webex: take it away first."
    return NO_WEBEX if session.cloud is None else ""


def askable(session: Session) -> Cloud | None:
    """The organization, unless there is a reason not to ask it."""
    return None if why_not(session) else session.cloud
