"""What can go wrong, one class per meaning; `.status` is its HTTP status and `.exit_code` its process exit code."""


class LangbiangError(Exception):
    """The platform refuses; the message says what, where and what to do, for the person who asked."""

    status = 500
    exit_code = 1
    type = "about:blank"
    """The URI that says what kind of problem it is, where a standard has one (RFC 9457)."""


class BadRequest(LangbiangError):
    """The request or the command cannot be understood as it stands."""

    status = 400
    exit_code = 2


class Mistakes(BadRequest):
    """What was sent is wrong in one or several places: `found` has a JSON pointer and a sentence for each."""

    lead = "Đối tượng không hợp lệ. · The feature is not valid"

    def __init__(self, found: list[tuple[str, str]]) -> None:
        shown = "; ".join(f"{pointer or '/'}: {sentence}" for pointer, sentence in found[:20])
        super().__init__(f"{self.lead}: {shown}.")
        self.found = found


class WrongInputs(Mistakes):
    """What a process was asked is wrong in one or several places."""

    lead = "Đầu vào không hợp lệ. · The inputs are not valid"


class DeclarationError(LangbiangError):
    """A layer is declared wrongly; raised at import, so that nothing starts on a wrong declaration."""

    exit_code = 2


class NotAuthenticated(LangbiangError):
    """Who asks has not shown, or not rightly shown, who they are."""

    status = 401


class NotAllowed(LangbiangError):
    """The identity is known and may not do this."""

    status = 403


class NotFound(LangbiangError):
    """There is no such thing, or not for this identity: the two are never told apart."""

    status = 404


class NoSuchProcess(NotFound):
    """There is no such process, or not for this identity."""

    type = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-process"


class NoSuchJob(NotFound):
    """There is no such job, or it is somebody else's."""

    type = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-job"


class ResultNotReady(NotFound):
    """The job has not ended."""

    type = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/result-not-ready"


class Gone(LangbiangError):
    """The thing has ceased to be; what took its place is named."""

    status = 410


class Conflict(LangbiangError):
    """Somebody else changed the thing first, or it exists already."""

    status = 409


class PreconditionFailed(LangbiangError):
    """The thing is not (or no longer) as who asks believes it to be."""

    status = 412


class PreconditionRequired(LangbiangError):
    """Who asks has to say which state of the thing is meant."""

    status = 428


class TooLarge(LangbiangError):
    """The request carries more than the platform takes in."""

    status = 413


class WrongMediaType(LangbiangError):
    """What was sent is of a kind that is not taken here."""

    status = 415


class TooManyRequests(LangbiangError):
    """Asked too often; `retry_after` is the number of seconds after which it may be tried again."""

    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class LoadRefused(LangbiangError):
    """A file cannot be loaded; nothing of it was."""

    status = 422
    exit_code = 2


class Unavailable(LangbiangError):
    """A part the platform stands on (database, disk, program, port) is missing or not ready."""

    status = 503
    exit_code = 3
