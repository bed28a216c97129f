// The websocket of a call. A lost connection comes back by itself, later each time; the call decides what is sent anew.
import { keyGiven } from "./chat-api.js";

const PING_MILLIS = 5_000;
const SLEPT_MILLIS = 20_000; // a clock that jumped so far: the machine was asleep, and the connection is dead
const STUCK_BYTES = 256 << 10; // eight seconds of sound that were not taken
const OPEN_MILLIS = 10_000;
const WAITS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];

class Line {
  // does: { opened(), event(object), sound(turn, rate, Int16Array), lost(wait, wasOpen, code, reason) }
  constructor(model, does) {
    this.model = model;
    this.does = does;
    this.socket = null;
    this.tries = 0;
    this.closed = false;
    this.ticked = Date.now();
    this.ticker = setInterval(() => this.tick(), PING_MILLIS);
    this.connect();
  }

  connect() {
    clearTimeout(this.again);
    this.drop();
    const url = new URL("../v1/realtime", document.baseURI);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("model", this.model);
    const key = keyGiven();
    const socket = new WebSocket(url, key === null ? ["realtime"] : ["realtime", "openai-insecure-api-key." + key]);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    let opened = false;
    const late = setTimeout(() => this.fail(socket, opened, 0, ""), OPEN_MILLIS);
    socket.onopen = () => {
      clearTimeout(late);
      if (socket === this.socket) {
        opened = true;
        this.ticked = Date.now();
        this.does.opened();
      }
    };
    socket.onmessage = message => {
      if (socket === this.socket) {
        this.tries = 0;
        this.take(message.data);
      }
    };
    socket.onclose = event => {
      clearTimeout(late);
      this.fail(socket, opened, event.code, event.reason);
    };
  }

  take(data) {
    if (typeof data !== "string") {
      if (data.byteLength >= 8) {
        const head = new DataView(data);
        this.does.sound(head.getUint32(0, true), head.getUint32(4, true), new Int16Array(data.slice(8, data.byteLength - data.byteLength % 2)));
      }
      return;
    }
    let event;
    try {
      event = JSON.parse(data);
    } catch {
      return;
    }
    this.does.event(event);
  }

  fail(socket, opened, code, reason) {
    if (this.closed || socket !== this.socket) {
      return;
    }
    this.drop();
    const wait = WAITS[Math.min(this.tries++, WAITS.length - 1)];
    this.again = setTimeout(() => this.connect(), wait);
    this.does.lost(wait, opened, code, reason);
  }

  tick() {
    const now = Date.now();
    const slept = now - this.ticked > (document.hidden ? 90_000 : SLEPT_MILLIS);
    this.ticked = now;
    if (this.isOpen() && (slept || this.socket.bufferedAmount > STUCK_BYTES)) {
      this.fail(this.socket, true, 0, "");
    } else {
      this.send({ type: "stride.ping" });
    }
  }

  isOpen() {
    return this.socket !== null && this.socket.readyState === WebSocket.OPEN;
  }

  send(event) {
    if (this.isOpen()) {
      this.socket.send(JSON.stringify(event));
    }
  }

  sendSound(frame) {
    if (this.isOpen() && this.socket.bufferedAmount < STUCK_BYTES * 2) {
      this.socket.send(frame);
    }
  }

  drop() {
    const socket = this.socket;
    this.socket = null;
    if (socket !== null) {
      socket.onclose = null;
      socket.close();
    }
  }

  close() {
    this.closed = true;
    clearInterval(this.ticker);
    clearTimeout(this.again);
    this.drop();
  }
}

let line = null; // a page holds one call at a time

export function dial(model, does) {
  line = new Line(model, does);
}

export function dialNow() {
  line?.connect();
}

export function hangLine() {
  line?.close();
  line = null;
}

export function tick() {
  line?.tick();
}

export function send(event) {
  line?.send(event);
}

export function sendSound(frame) {
  line?.sendSound(frame);
}
