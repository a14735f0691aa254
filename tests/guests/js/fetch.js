// A node on `fetch`: sends the payload's request and answers with what came back.

export const action = {
  async execute(payload) {
    const { url, ...init } = JSON.parse(payload);
    try {
      const response = await fetch(url, init);
      return JSON.stringify({
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await response.text(),
      });
    } catch (error) {
      return JSON.stringify({ error: String(error) });
    }
  },
};

export const about = {
  describe() {
    return {
      name: 'fetch-js', version: '0.1.0', summary: 'Fetches.',
      egress: [], params: [], secrets: [],
    };
  },
};
