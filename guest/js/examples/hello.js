import { node } from 'hospes-node';

export default node(
  {
    name: 'hello',
    version: '0.1.0',
    summary: 'Greets by name.',
    payload: { type: 'object', properties: { name: { type: 'string' } } },
    result: { type: 'object', properties: { greeting: { type: 'string' } } },
  },
  ({ payload }) => ({ greeting: `Hello, ${payload.name ?? 'world'}.` }),
);
