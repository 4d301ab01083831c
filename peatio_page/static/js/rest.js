// The exchange's REST interface as the page uses it, wherever it is served.

const PATIENCE_MS = 8000;

/** An answer that is not a success. `status` is 0 where there was none. */
export class RestError extends Error {
  constructor(status, codes) {
    super(codes.join(", "));
    this.status = status;
    this.codes = codes;
  }
}

export class Rest {
  /**
   * @param {object} place where the page reads: `publicRest`, `ownRest(member)`, `openSession(member)`,
   *   `headers(session)`, and `renewsSessions` where a 401 says that the session is to be opened again
   * @param {(error: RestError | null) => void} onOutcome called after each request: null for a success
   * @param {() => void} onForgotten called when the exchange does not know its own session any more: it is another one
   */
  constructor(place, onOutcome, onForgotten) {
    this.place = place;
    this.onOutcome = onOutcome;
    this.onForgotten = onForgotten;
    this.member = null;
    this.session = null;
  }

  /** Look at this member's account from now on. */
  actFor(member) {
    this.member = member;
    this.session = null;
  }

  /** Read something public. */
  read(path, parameters = {}) {
    return this.watched(() => request(this.place.publicRest + path + query(parameters)));
  }

  /** Read something of the member's. */
  readOwn(path, parameters = {}) {
    return this.watched(() => this.asMember(this.place.ownRest(this.member) + path + query(parameters)));
  }

  /**
   * Send something as the member; `path` with its prefix. It takes effect once at most: browsers send a POST again
   * when a kept connection ends without an answer, and the sandbox refuses the second one (409) by its name.
   */
  send(path, body) {
    const headers = { "Content-Type": "application/json", "X-Sandbox-Request": newName() };
    return this.watched(() => this.asMember(path, { method: "POST", body: JSON.stringify(body) }, headers));
  }

  /** A session that the exchange has forgotten is opened again. A 401 says that nothing was done. */
  async asMember(address, options = {}, more = {}) {
    for (let attempt = 0; ; attempt += 1) {
      const headers = { ...this.place.headers(await this.openSession()), ...more };
      try {
        return await request(address, { headers, ...options });
      } catch (error) {
        if (error.status !== 401 || attempt > 0 || !this.place.renewsSessions) {
          throw error;
        }
        this.session = null;
        this.onForgotten();
      }
    }
  }

  /** Errors of single reads show in the state of the REST link; the next one may succeed. */
  async quietly(ask) {
    try {
      await ask();
    } catch (error) {
      if (error.status === undefined) {
        throw error;
      }
    }
  }

  /** Return a token for reading the member's account. */
  openSession() {
    this.session ??= this.askForSession(this.member);
    return this.session;
  }

  async askForSession(member) {
    try {
      return await this.place.openSession(member);
    } catch (error) {
      this.session = null;
      throw error;
    }
  }

  async watched(ask) {
    try {
      const body = await ask();
      this.onOutcome(null);
      return body;
    } catch (error) {
      this.onOutcome(error);
      throw error;
    }
  }
}

/** A name that nobody else chooses; randomUUID is missing where the address is a host's name. */
function newName() {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(16)).join("-");
}

/** Ask for JSON. Throws RestError. */
export async function request(address, options = {}) {
  let response;
  let text;
  try {
    response = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS), ...options });
    text = await response.text();
  } catch {
    throw new RestError(0, ["no answer"]);
  }
  if (!response.ok) {
    throw new RestError(response.status, codes(text, response.status));
  }
  return text === "" ? null : JSON.parse(text);
}

function codes(text, status) {
  try {
    return [JSON.parse(text).errors].flat();
  } catch {
    return [`HTTP ${status}`];
  }
}

function query(parameters) {
  const pairs = Object.entries(parameters).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
  return pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : "";
}
