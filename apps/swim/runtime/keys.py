"""The keys of a running agent, and by Serf's queries those of all members of its cluster."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping

from apps.swim import serf_keys
from apps.swim.keyring import Keyring, parse_key
from apps.swim.report import Values
from apps.swim.serf_keys import INSTALL, LIST, REMOVE, USE, Response
from apps.swim.serf_messages import NotSerf
from apps.swim.transport.serf import ANSWERS_S, SerfSwim
from apps.swim.transport.swim import Swim
from console.control import Commands, ControlError

_CHANGES: Mapping[str, tuple[str, Callable[[Keyring, bytes], None]]] = {
    "add": (INSTALL, Keyring.add),
    "use": (USE, Keyring.use),
    "remove": (REMOVE, Keyring.remove),
}
_SILENT = Response(False, "no answer")
_NAMED_MOST = 5


class Keys:
    """Of one agent."""

    def __init__(self, swim: Swim, within_s: float = ANSWERS_S) -> None:
        """Others have so long to answer."""
        self._swim = swim
        self._within_s = within_s

    def commands(self) -> Commands:
        """What there is, by name."""
        return {
            "keys_list": self.listed,
            "keys_change": self.change,
            "keys_list_everywhere": self.listed_everywhere,
            "keys_change_everywhere": self.change_everywhere,
        }

    def listed(self) -> list[str]:
        """All keys, the primary one first."""
        return [b64encode(key).decode() for key in self._keyring.keys]

    def change(self, word: str, key: str) -> None:
        """Add, use or remove a key."""
        try:
            _, change = _CHANGES[word]
            change(self._keyring, parse_key(key))
        except (KeyError, ValueError) as error:
            raise ControlError(str(error)) from None

    async def listed_everywhere(self) -> Values:
        """How many members have each key, and use it; what is amiss with the others."""
        replies = await self._ask_all(LIST)
        have = Counter(key for reply in replies.values() for key in reply.keys)
        use = Counter(reply.primary for reply in replies.values())
        keys = {key: {"have": count, "use": use[key]} for key, count in have.most_common()}
        return {"members": len(replies), "keys": keys, "amiss": _amiss(replies)}

    async def change_everywhere(self, word: str, key: str) -> int:
        """Have all members add, use or remove a key; how many they are."""
        try:
            (query, _), raw = _CHANGES[word], parse_key(key)
        except (KeyError, ValueError) as error:
            raise ControlError(str(error)) from None
        if query == USE:
            await self._check_that_all_have(key)
        replies = await self._ask_all(query, raw)
        amiss = _amiss(replies)
        if amiss:
            done = sum(reply.result for reply in replies.values())
            raise ControlError(f"only {done} of {len(replies)} members have done it: {amiss}")
        return len(replies)

    # --- inside ---------------------------------------------------------------------------------

    @property
    def _keyring(self) -> Keyring:
        keyring = self._swim.config.envelope.keyring
        if keyring is None:
            raise ControlError("this agent does not encrypt: start it with --key")
        return keyring

    async def _check_that_all_have(self, key: str) -> None:
        """Who does not have a key could not hear those who use it."""
        replies = await self._ask_all(LIST)
        lacking = Response(False, "does not have it: add it everywhere")
        found = {
            name: lacking if reply.result and key not in reply.keys else reply
            for name, reply in replies.items()
        }
        amiss = _amiss(found)
        if amiss:
            raise ControlError(f"nobody uses the key, since some could not follow: {amiss}")

    async def _ask_all(self, query: str, key: bytes = b"") -> dict[str, Response]:
        """What each member says, by its name."""
        swim, _ = self._swim, self._keyring
        if not isinstance(swim, SerfSwim):
            raise ControlError("an agent that runs with --no-serf cannot ask the others")
        question = await swim.ask(query, serf_keys.request(key), self._within_s)
        heard = {name: _read(payload) for name, payload in question.answers.items()}
        return heard | dict.fromkeys(question.waiting, _SILENT)


def _read(payload: bytes) -> Response:
    try:
        return serf_keys.read_response(payload)
    except NotSerf as error:
        return Response(False, str(error))


def _amiss(replies: Mapping[str, Response]) -> str:
    """Who has not done it, and why; a few of them."""
    said = [
        f"{name}: {reply.message}" for name, reply in sorted(replies.items()) if not reply.result
    ]
    rest = [f"and {len(said) - _NAMED_MOST} more"] if len(said) > _NAMED_MOST else []
    return "; ".join(said[:_NAMED_MOST] + rest)
