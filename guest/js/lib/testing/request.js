// A request as a test reads it.

export class Request {
  constructor({ method, url, headers, body, timeoutMs }) {
    this.method = method;
    this.url = url;
    this.headers = Object.fromEntries(
      headers.map(([name, { tag, val }]) => [
        name.toLowerCase(),
        tag === 'text' ? val : { secret: val.name, prefix: val.prefix },
      ]),
    );
    this.body = body ?? new Uint8Array();
    this.timeoutMs = timeoutMs;
  }

  text() {
    return new TextDecoder().decode(this.body);
  }

  json() {
    return JSON.parse(this.text());
  }
}
