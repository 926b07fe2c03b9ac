// Server-sent events over fetch: unlike EventSource it notices a silent line, backs off, and can say what it is doing.

const SILENCE = 12_000; // The server says something every 5 s, if only that it is there.
const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;

/**
 * Follows `url` until the page goes.
 * @param {string} url
 * @param {(event: string, data: any) => void} onEvent
 * @param {(state: "connecting" | "live" | "lost") => void} onLink
 */
export function follow(url, onEvent, onLink) {
  let lastId = null;
  let delay = FIRST_DELAY;
  let wake = () => {};

  addEventListener("online", () => wake());
  document.addEventListener("visibilitychange", () => document.hidden || wake());

  const run = async () => {
    onLink("connecting");
    for (;;) {
      try {
        await readOnce();
      } catch {
        // Whatever it was, the remedy is the same: say so, wait, ask again.
      }
      const pause = delay * (0.8 + Math.random() * 0.4);
      delay = Math.min(delay * 2, LONGEST_DELAY);
      onLink("lost");
      await new Promise(resolve => {
        wake = resolve;
        setTimeout(resolve, pause);
      });
    }
  };

  const readOnce = async () => {
    const stop = new AbortController();
    let timer;
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), SILENCE);
    };
    heard();
    try {
      const headers = { Accept: "text/event-stream" };
      if (lastId !== null) headers["Last-Event-ID"] = lastId;
      const response = await fetch(url, { headers, signal: stop.signal, cache: "no-store" });
      if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parse = eventParser((event, id, data) => {
        if (id !== null) lastId = id;
        delay = FIRST_DELAY;
        onLink("live");
        onEvent(event, data ? JSON.parse(data) : null);
      });
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        heard();
        parse(value);
      }
    } finally {
      clearTimeout(timer);
      stop.abort();
    }
  };

  run();
}

/** Cuts a text/event-stream, given in pieces, into events. */
export function eventParser(emit) {
  let rest = "";
  let event = "message";
  let id = null;
  let data = [];
  return piece => {
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) emit(event, id, data.join("\n"));
        event = "message";
        id = null;
        data = [];
        continue;
      }
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "event") event = value;
      else if (field === "id") id = value;
      else if (field === "data") data.push(value);
    }
  };
}
