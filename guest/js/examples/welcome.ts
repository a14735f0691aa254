import { Failure, node } from 'hospes-node';

interface Answer {
  message: string;
}

export default node(
  {
    name: 'welcome',
    version: '0.1.0',
    summary: 'Sends a user to Braze.',
    egress: ['POST {braze_url}/users/track'],
    secrets: { braze_api_key: 'The REST API key, with the permission users.track.' },
    params: {
      type: 'object',
      properties: { braze_url: { type: 'string', description: 'The REST endpoint of the instance.' } },
      required: ['braze_url'],
    },
    payload: {
      type: 'object',
      properties: { external_id: { type: 'string', minLength: 1 }, first_name: { type: 'string' } },
      required: ['external_id'],
    },
    result: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
  },
  ({ payload, params, http }) => {
    const response = http.post(`${params.braze_url}/users/track`, {
      headers: { Authorization: http.secret('braze_api_key', { prefix: 'Bearer ' }) },
      json: { attributes: [payload] },
    });
    if (response.status === 401) {
      throw new Failure('unauthorized', 'Braze does not accept the key');
    }
    if (response.status === 429) {
      throw new Failure('rate-limited', 'Braze asks to slow down', {
        retryAfterMs: 1000 * Number(response.header('x-ratelimit-retry-after') ?? 1),
      });
    }
    if (!response.ok) {
      throw new Failure('rejected', `Braze refused the user: HTTP ${response.status}`);
    }
    const answer: Answer = response.json();
    return { message: answer.message };
  },
);
