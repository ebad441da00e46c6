"""Error pages: what went wrong, its code, and where to go from here."""

from __future__ import annotations

from truenorth.base.errors import AccessError, QueryError, TrueNorthError, did_you_mean
from truenorth.define.model import Model
from truenorth.web.view import Choice, Trouble

# Of what is not allowed, what is so for another reason than who asks.
STATUS = {"E_BAD_FORM": 400, "E_BAD_SHARE": 400, "E_SHARE_NOT_FOUND": 404, "E_STATE_FAILED": 503, "E_STATE_NEWER": 503}
UNREADY = ("E_STATE_FAILED", "E_STATE_NEWER")
HOME = (Choice("Home", "/"), Choice("All metrics", "/metrics"))


class AbsentMetric(QueryError):
    """The address names a metric that is not defined."""


def quiet(error: TrueNorthError) -> TrueNorthError:
    """An error as a stranger may read it: where the state is, and what is wrong with it, is told in the terminal."""
    if error.code not in UNREADY:
        return error
    hint = "the terminal of `truenorth serve` shows why"
    return AccessError(error.code, "who may come in cannot be found out at the moment", hint=hint)


def refused(error: TrueNorthError, asked: bool = False) -> Trouble:
    """The page for an error the product knows; `asked` says that the address asks for more than its definition does,
    so that the definition is not to blame."""
    if error.code == "E_WAREHOUSE_LOCKED":
        return loading(error)
    if error.where is not None and not asked:
        return broken(error)
    absent = isinstance(error, AbsentMetric)
    status = 404 if absent else STATUS.get(error.code, 403) if isinstance(error, AccessError) else 400
    return Trouble(
        status=status,
        title="There is no such metric" if absent else "This cannot be answered as asked",
        message=error.message[:1].upper() + error.message[1:] + ".",
        code=error.code,
        hint=error.hint,
        links=HOME,
    )


def broken(error: TrueNorthError) -> Trouble:
    """The page for a definition that cannot be used, which is not the reader's fault; it names the place to mend."""
    message = error.message[:1].upper() + error.message[1:] + "."
    title = "This metric cannot be computed as it is defined"
    return Trouble(500, title, message, error.code, error.hint, place=str(error.where), links=HOME)


def loading(error: TrueNorthError) -> Trouble:
    """The page while another process writes to the warehouse for longer than a page waits."""
    message = "Another process is writing to the warehouse, most likely an import. Nothing is wrong."
    hint = "Open this page again in a moment."
    return Trouble(503, "New data is being loaded", message, error.code, hint, links=HOME)


def missing(path: str, model: Model) -> Trouble:
    """The page for an address without a page."""
    word = path.rstrip("/").rpartition("/")[2]
    near = next((name for name in model.metrics if name == word), "")
    hint = f'did you mean "/m/{near}"?' if near else did_you_mean(word, model.metrics)
    return Trouble(404, "There is no such page", f"Nothing is at {path}.", hint=hint, links=HOME)


def failed() -> Trouble:
    """The page for a failure nobody foresaw: calm, and silent about the inside."""
    message = "This page could not be made. The numbers are safe; nothing was changed."
    hint = "The terminal that runs `truenorth serve` shows why."
    return Trouble(500, "Something went wrong here", message, "E_UNEXPECTED", hint, links=HOME)
