import { setServerTime } from "@/lib/clock";

export interface Frame {
  type: string;
  seq?: number;
  [name: string]: unknown;
}

export interface SocketEvents {
  /** Facts, in order, without gaps; at most one call per frame of the screen. */
  onFacts: (facts: Frame[]) => void;
  onEphemeral: (frame: Frame) => void;
  /** Too much was missed: everything shown must be loaded again. */
  onReload: () => void;
  /** Connected for the first time or again. */
  onOpen: (first: boolean) => void;
  onClose: (reason: string | null) => void;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 8_000;
const SILENCE = 45_000;

/** The wait before the nth attempt: doubling, with jitter, so that a restarted server is not stormed. */
export function backOff(attempt: number, random = Math.random()): number {
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt) * (0.5 + random / 2);
}

/** Decides for each fact whether it is the next one. Pure state, so that it can be tested without a socket. */
export class Sequence {
  last: number | null = null;
  private asked: number | null = null;

  /** "apply", "skip" (already applied) or "resume" (something is missing: ask for all after `last`). */
  judge(seq: number): "apply" | "skip" | "resume" {
    if (this.last === null || seq === this.last + 1) {
      this.last = seq;
      this.asked = null;
      return "apply";
    }
    if (seq <= this.last) return "skip";
    if (this.asked === this.last) return "skip";
    this.asked = this.last;
    return "resume";
  }

  restart(seq: number): void {
    this.last = seq;
    this.asked = null;
  }
}

/** One WebSocket for the whole page, always coming back. */
export class LiveSocket {
  private socket: WebSocket | null = null;
  private readonly sequence = new Sequence();
  private attempt = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setInterval> | undefined;
  private heardAt = 0;
  private stopped = true;
  private opened = false;
  private waiting: Frame[] = [];
  private flushing = false;
  private readonly events: SocketEvents;
  private readonly url: string;

  constructor(url: string, events: SocketEvents) {
    this.url = url;
    this.events = events;
  }

  start(): void {
    this.stopped = false;
    this.watch = setInterval(() => this.checkSilence(), 10_000);
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.retry);
    clearInterval(this.watch);
    this.socket?.close();
    this.socket = null;
  }

  /** Connects at once instead of after the present wait. */
  hurry(): void {
    if (this.stopped || this.socket) return;
    clearTimeout(this.retry);
    this.attempt = 0;
    this.connect();
  }

  send(frame: Frame): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  private connect(): void {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    let reason: string | null = null;
    this.heardAt = Date.now();
    socket.addEventListener("message", (event: MessageEvent<string>) => {
      this.heardAt = Date.now();
      const frame = JSON.parse(event.data) as Frame;
      if (frame.type === "bye") reason = String(frame.reason);
      else this.receive(frame);
    });
    socket.addEventListener("close", () => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.events.onClose(reason);
      if (this.stopped) return;
      this.retry = setTimeout(() => this.connect(), backOff(this.attempt));
      this.attempt += 1;
    });
  }

  private receive(frame: Frame): void {
    switch (frame.type) {
      case "hello":
        setServerTime(String(frame.server_time));
        this.attempt = 0;
        this.greet(Number(frame.seq));
        return;
      case "reload":
        this.sequence.restart(Number(frame.seq));
        this.waiting = [];
        this.events.onReload();
        return;
      case "ping":
        this.send({ type: "pong" });
        return;
      case "pong":
        return;
      default:
        if (typeof frame.seq === "number") this.judge(frame, frame.seq);
        else this.events.onEphemeral(frame);
    }
  }

  private greet(seq: number): void {
    const first = !this.opened;
    this.opened = true;
    if (this.sequence.last === null) this.sequence.restart(seq);
    else this.send({ type: "resume", seq: this.sequence.last });
    this.events.onOpen(first);
  }

  private judge(fact: Frame, seq: number): void {
    const verdict = this.sequence.judge(seq);
    if (verdict === "resume") this.send({ type: "resume", seq: this.sequence.last ?? 0 });
    if (verdict !== "apply") return;
    this.waiting.push(fact);
    if (this.flushing) return;
    this.flushing = true;
    const flush = () => {
      this.flushing = false;
      const facts = this.waiting;
      this.waiting = [];
      if (facts.length > 0) this.events.onFacts(facts);
    };
    // A hidden tab gets no animation frames.
    if (document.visibilityState === "visible") requestAnimationFrame(flush);
    else setTimeout(flush, 100);
  }

  private checkSilence(): void {
    const silent = Date.now() - this.heardAt;
    if (silent > SILENCE) this.socket?.close();
    else if (silent > SILENCE / 2) this.send({ type: "ping" });
  }
}
