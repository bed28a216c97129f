// What the server says in a call, and what the page does about it.
import * as answer from "./call-answer.js";
import { emit, notify, setPhase, state, think } from "./call-state.js";
import { words } from "./call-text.js";
import * as turns from "./call-turns.js";

export function heard(event) {
  const turn = event.turn;
  switch (event.type) {
    case "session.updated":
      if (state.away) {
        state.away = false;
        notify({ text: words("back") });
      }
      if (state.phase === "connecting") {
        setPhase("listening");
      }
      break;
    case "stride.listening":
      answer.hold(turn);
      break;
    case "input_audio_buffer.speech_started":
      answer.believed();
      state.hearing = true;
      emit("phase");
      break;
    case "input_audio_buffer.speech_stopped":
      state.hearing = false;
      think();
      emit("phase");
      break;
    case "stride.partial":
      turns.said(turn, event.text, true);
      break;
    case "stride.ignored":
      turns.ignored(turn);
      answer.ignored();
      break;
    case "conversation.item.input_audio_transcription.completed":
      turns.said(turn, event.transcript.trim(), false);
      if (event.transcript.trim() === "" && state.phase === "thinking") {
        setPhase("listening"); // nothing was understood, and nothing will be answered
      }
      break;
    case "stride.interrupted":
      answer.interrupted(turn, event.heard);
      break;
    case "stride.latency":
      state.latency = event;
      emit("latency");
      break;
    case "stride.failed":
      notify({ text: words(event.passing ? "enginePassing" : "engineFailed", event.engine, event.message), level: "alert" });
      if (state.phase === "thinking" && event.engine === "model" && turns.answerText(turn) === "") {
        setPhase("listening");
      }
      break;
    case "error":
      if (event.error?.code !== "engine_failed") { // which stride.failed has told
        notify({ text: words("serverSays", event.error?.message ?? ""), level: "alert" });
      }
      break;
    default:
      if (!(typeof turn === "number" && answer.isStale(turn))) {
        answered(event, turn);
      }
  }
}

function answered(event, turn) {
  switch (event.type) {
    case "response.created":
      answer.begins(turn);
      break;
    case "response.output_audio_transcript.delta":
      turns.answerGrows(turn, event.delta);
      break;
    case "stride.piece":
      answer.pieceCame(turn, event.text);
      break;
    case "stride.answered":
      answer.textCame(turn);
      break;
    case "response.done":
      if (event.response?.status === "cancelled") {
        answer.interrupted(turn);
      } else {
        answer.soundWhole(turn);
      }
      break;
    default:
  }
}
