"""The turns of a connection: they are answered one by one, and an interruption ends them all."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed

from kiosk.concierge.answer import AnswerSpeaker, SendFrame, SpokenAnswer, content, pieces_of, usage
from kiosk.concierge.client_messages import invalid
from kiosk.concierge.context import ServiceContext
from kiosk.concierge.recogniser_process import Recognition
from kiosk.concierge.record import TurnRecord
from kiosk.concierge.session import Activity, Exchange, ServiceSession, audio_tokens
from kiosk.concierge.setup_options import SetupOptions
from kiosk.knowledge.questions import ScriptedCall

MEANWHILE = "One moment."
"""What is said while a call is carried out that nobody waits for."""


@dataclass
class ServiceTurn:
    """A question on its way to an answer."""

    asked: str = ""
    heard_tokens: int = 0
    """Sound of the question, in tokens; 0 for a typed one."""
    answer: SpokenAnswer = field(default_factory=SpokenAnswer)
    record: TurnRecord | None = None

    @classmethod
    def spoken(cls, activity: Activity, session: ServiceSession, connection: int) -> "ServiceTurn":
        """The turn of an activity that ends now."""
        samples = len(activity.pcm) // 2
        record = TurnRecord(
            session=session.id,
            connection=connection,
            turn=activity.turn,
            pcm=f"s{session.number}-t{activity.turn}.pcm",
            samples=samples,
            rate_hz=activity.rate_hz,
            started_monotonic_s=activity.started_s,
            ended_monotonic_s=time.monotonic(),
        )
        return cls(heard_tokens=audio_tokens(samples, activity.rate_hz), record=record)


class TurnQueue:
    """What is being answered on a connection."""

    def __init__(
        self,
        *,
        send: SendFrame,
        update: Callable[[], Awaitable[None]],
        add_to_history: Callable[..., None],
        context: ServiceContext,
        session: ServiceSession,
        options: SetupOptions,
        vertex: bool,
    ) -> None:
        """Make a queue without turns.

        Args:
            send: sends a frame to the client.
            update: tells the client whether its session can be resumed from now.
            add_to_history: takes what was said.
            context: answers and speaks.
            session: is answered in.
            options: what the setup asks for.
            vertex: whether the client speaks Vertex AI's protocol.
        """
        self._send = send
        self._update = update
        self._add_to_history = add_to_history
        self._context = context
        self._session = session
        self._options = options
        self._vertex = vertex
        self._speaker = AnswerSpeaker(
            send, context.synthesiser, options.voice, options.transcribe_output
        )
        self._open: list[ServiceTurn] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_turn = asyncio.Lock()
        self._responded = asyncio.Event()
        self._later: dict[str, str] = {}
        """What is said when a call is answered that nobody waits for, by its id."""

    @property
    def idle(self) -> bool:
        """Nothing is being answered."""
        return not self._open

    def answer(self, turn: ServiceTurn, pcm: bytes, utterance: Recognition) -> None:
        """Answer what was said in `utterance`, which has just ended."""
        if turn.record:
            self._context.recorder.sound(turn.record.pcm, pcm)
        self._begin(turn, self._answer_spoken(turn, utterance))

    def answer_cut(self, turn: ServiceTurn, pcm: bytes) -> None:
        """Record an activity that the end of the connection cut; nobody waits for its answer."""
        if turn.record:
            self._context.recorder.sound(turn.record.pcm, pcm)
        self._record(turn, "cut")

    def ask(self, text: str) -> None:
        """Answer what was written."""
        turn = ServiceTurn(asked=text)
        self._begin(turn, self._answer_written(turn))

    async def interrupt(self) -> None:
        """End what is being answered: the rest of it is never sent."""
        if not self._open:
            return
        self._cancel()
        turns, self._open = self._open, []
        calls = list(self._session.pending_calls)
        self._session.pending_calls.clear()
        self._later.clear()
        for turn in turns:
            self._settle(turn, "interrupted")
        if calls:
            await self._send({"toolCallCancellation": {"ids": calls}})
        await self._send(content(interrupted=True))
        await self._send({**content(turnComplete=True), **self._usage(turns[-1])})

    def cut(self) -> None:
        """The connection is gone: record what was not answered; it does not become history."""
        self._cancel()
        for turn in self._open:
            self._record(turn, "cut")
        self._open = []

    def take_tool_response(self, responses: list[dict[str, Any]]) -> None:
        """Take in responses; each must name a call that is waiting for one."""
        pending = self._session.pending_calls
        if not responses or any(response.get("id") not in pending for response in responses):
            raise invalid("no call waits for a response with this id")
        for response in responses:
            scheduling = self._scheduling(response)
            pending.pop(response["id"], None)
            said = self._later.pop(response["id"], None)
            if said is not None and scheduling != "SILENT":
                turn = ServiceTurn()
                self._begin(turn, self._take_up(turn, said))
        self._responded.set()

    def _scheduling(self, response: dict[str, Any]) -> str:
        """When a response is taken up, by the reading of where that stands."""
        if self._session.variants.scheduling == "beside":
            return str(response.get("scheduling", ""))
        if "scheduling" in response:
            raise invalid("Unknown name \"scheduling\" at 'tool_response.function_responses[0]'")
        inside = response.get("response")
        return str(inside.get("scheduling", "")) if isinstance(inside, dict) else ""

    # --- one turn ------------------------------------------------------------------------------

    def _begin(self, turn: ServiceTurn, work: Coroutine[Any, Any, None]) -> None:
        self._open.append(turn)
        task = asyncio.create_task(self._quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @staticmethod
    async def _quietly(work: Coroutine[Any, Any, None]) -> None:
        """The connection may end at any moment: its reader reports that, not its turns."""
        with contextlib.suppress(ConnectionClosed):
            await work

    def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _answer_spoken(self, turn: ServiceTurn, utterance: Recognition) -> None:
        turn.asked = await utterance.finish()
        async with self._in_turn:
            self._session.answer_begins()
            if self._options.transcribe_input:
                for piece in pieces_of(turn.asked):
                    await self._send(content(inputTranscription={"text": piece}))
            await self._give(turn)

    async def _answer_written(self, turn: ServiceTurn) -> None:
        async with self._in_turn:
            await self._give(turn)

    async def _take_up(self, turn: ServiceTurn, text: str) -> None:
        """Say what a call that nobody waited for has come to."""
        async with self._in_turn:
            await self._tell(turn, text)

    async def _give(self, turn: ServiceTurn) -> None:
        entry = self._context.answers.find(turn.asked)
        text = entry.answer if entry else self._context.answers.fallback
        if entry and entry.call:
            if self._waits(entry.call.name):
                await self._response(await self._call(entry.call))
            else:
                await self._call(entry.call, later=text)
                text = MEANWHILE
        await self._tell(turn, text)

    async def _tell(self, turn: ServiceTurn, text: str) -> None:
        await self._speaker.say(text, turn.answer)
        self._open.remove(turn)
        self._settle(turn, "complete")
        await self._send({**content(turnComplete=True), **self._usage(turn)})
        await self._update()

    async def _call(self, call: ScriptedCall, later: str = "") -> str:
        """Have the client call a tool; gives the call's id.

        Args:
            call: to be made.
            later: what is said once it is answered, where nobody waits for that.
        """
        self._session.calls += 1
        call_id = f"call-{self._session.id}-{self._session.calls}"
        self._session.pending_calls[call_id] = call.name
        if later:
            self._later[call_id] = later
        function = {"id": call_id, "name": call.name, "args": call.args}
        await self._send({"toolCall": {"functionCalls": [function]}})
        return call_id

    def _waits(self, name: str) -> bool:
        """Whether the answer to a call comes before anything is said."""
        omitted = self._session.variants.omitted_behavior
        return self._options.behaviors.get(name, omitted) != "NON_BLOCKING"

    async def _response(self, call_id: str) -> None:
        while call_id in self._session.pending_calls:
            self._responded.clear()
            await self._responded.wait()

    def _settle(self, turn: ServiceTurn, outcome: str) -> None:
        """The turn is over, and history."""
        self._session.answer_begins()
        pcm = turn.record.pcm if turn.record else ""
        self._add_to_history(
            Exchange("user", turn.asked, turn.heard_tokens, pcm),
            Exchange("model", turn.answer.text, turn.answer.tokens),
        )
        self._record(turn, outcome)

    def _record(self, turn: ServiceTurn, outcome: str) -> None:
        if turn.record:
            turn.record.heard = turn.asked
            turn.record.answered = turn.answer.text
            turn.record.first_audio_monotonic_s = turn.answer.first_audio_s
            turn.record.outcome = outcome
            self._context.recorder.turn(turn.record)

    def _usage(self, turn: ServiceTurn) -> dict[str, Any]:
        """Tokens of a settled turn: all history before its answer was read for it."""
        prompt = self._session.context_tokens()
        prompt["AUDIO"] -= turn.answer.tokens
        report = usage(self._vertex, prompt, turn.answer.tokens, turn.answer.text)
        self._context.recorder.usage(report)
        return {"usageMetadata": report}
