// A websocket to Ranger: subscribes in small frames, notices when the line is dead, comes back by itself.

const PAUSES_S = [0.2, 0.5, 1, 2, 4];
/** After this long without a word Ranger is pinged; after as long again the line is taken for dead. */
const QUIET_S = 3;
/** An acknowledgement that takes longer will not come. */
const ACK_S = 5;

export class Ranger {
  /**
   * @param {() => Promise<string>} address where to connect, asked for each time
   * @param {object} listener onEvent(name, payload), onState("open" or "closed"), and around what is replayed for a
   *   subscription onSubscribing(stream) and onSubscribed(stream)
   */
  constructor(address, listener) {
    this.address = address;
    this.listener = listener;
    this.streams = [];
    this.frames = [];
    this.failures = 0;
    this.answersPings = false;
    this.isClosed = false;
    this.connect();
  }

  /** Say which streams are wanted from now on. */
  want(streams) {
    const gone = this.streams.filter((stream) => !streams.includes(stream));
    const added = streams.filter((stream) => !this.streams.includes(stream));
    this.streams = [...streams];
    if (this.isOpen) {
      this.queue("unsubscribe", gone);
      added.forEach((stream) => this.queue("subscribe", [stream]));
    }
  }

  /** Have a stored book sent again. Rango replays on every subscribe, Ruby Ranger only on a new one. */
  renew(stream) {
    if (this.isOpen) {
      this.queue("unsubscribe", [stream]);
      this.queue("subscribe", [stream]);
    }
  }

  close() {
    this.isClosed = true;
    clearTimeout(this.retry);
    this.drop();
  }

  get isOpen() {
    return this.socket !== undefined && this.socket.readyState === WebSocket.OPEN;
  }

  async connect() {
    let address;
    try {
      address = await this.address();
    } catch {
      this.connectLater();
      return;
    }
    if (this.isClosed) {
      return;
    }
    const socket = new WebSocket(address);
    this.socket = socket;
    this.heard();
    socket.onopen = () => {
      // Ranger acknowledges the connection itself; nothing is sent before that.
      this.frames = this.streams.map((stream) => frame("subscribe", [stream]));
      this.awaitAck();
    };
    socket.onmessage = (message) => this.read(message.data);
    socket.onclose = () => socket === this.socket && this.onClosed();
  }

  onClosed() {
    this.stopTimers();
    this.socket = undefined;
    this.listener.onState("closed");
    this.connectLater();
  }

  connectLater() {
    if (this.isClosed) {
      return;
    }
    const pause_s = PAUSES_S[Math.min(this.failures, PAUSES_S.length - 1)];
    this.failures += 1;
    this.retry = setTimeout(() => this.connect(), 1000 * pause_s * (0.8 + 0.4 * Math.random()));
  }

  read(text) {
    this.heard();
    if (text === "pong") {
      this.answersPings = true;
      return;
    }
    const message = JSON.parse(text);
    if (message.success !== undefined) {
      this.onAck(message.success);
    } else if (Array.isArray(message)) {
      this.listener.onEvent(message[0], message[1]);
    } else {
      Object.entries(message).forEach(([name, payload]) => this.listener.onEvent(name, payload));
    }
  }

  onAck(success) {
    this.failures = 0;
    if (!this.sent) {
      // Ruby Ranger answers no pings: its silence proves nothing.
      this.socket.send("ping");
      this.listener.onState("open");
    } else if (this.sent.event === "subscribe") {
      this.sent.streams.filter((stream) => success.streams?.includes(stream)).forEach(this.listener.onSubscribed);
    }
    clearTimeout(this.ackTimer);
    this.isWaiting = false;
    this.sent = undefined;
    this.sendNext();
  }

  queue(event, streams) {
    if (streams.length > 0) {
      this.frames.push(frame(event, streams));
      this.sendNext();
    }
  }

  /** One frame after the other's acknowledgement: replays of several books at once can overflow Rango's queue. */
  sendNext() {
    if (this.isWaiting || this.frames.length === 0 || !this.isOpen) {
      return;
    }
    this.sent = this.frames.shift();
    if (this.sent.event === "subscribe") {
      this.sent.streams.forEach(this.listener.onSubscribing);
    }
    this.socket.send(JSON.stringify(this.sent));
    this.awaitAck();
  }

  awaitAck() {
    this.isWaiting = true;
    clearTimeout(this.ackTimer);
    this.ackTimer = setTimeout(() => this.drop(), 1000 * ACK_S);
  }

  heard() {
    clearTimeout(this.quietTimer);
    this.quietTimer = setTimeout(() => this.ping(), 1000 * QUIET_S);
  }

  ping() {
    if (this.isOpen) {
      this.socket.send("ping");
    }
    if (this.answersPings || !this.isOpen) {
      this.quietTimer = setTimeout(() => this.drop(), 1000 * QUIET_S);
    }
  }

  /** End the connection without waiting for the other side, which may be gone. */
  drop() {
    const socket = this.socket;
    if (socket !== undefined) {
      socket.onclose = null;
      socket.onmessage = null;
      socket.close();
      this.onClosed();
    }
  }

  stopTimers() {
    clearTimeout(this.ackTimer);
    clearTimeout(this.quietTimer);
    this.isWaiting = false;
    this.sent = undefined;
    this.frames = [];
  }
}

function frame(event, streams) {
  return { event, streams };
}
