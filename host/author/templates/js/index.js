// Greets by name.

import { Failure, node } from 'hospes-node';

export default node(
  {
    name: '@NAME@',
    version: '0.1.0',
    summary: 'Greets by name.',
    payload: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
    result: { type: 'object', properties: { greeting: { type: 'string' } }, required: ['greeting'] },
  },
  ({ payload, log, context }) => {
    if (payload.name === '') {
      throw new Failure('invalid-payload', 'the name is empty');
    }
    log.info('greeting', { attempt: context.attempt });
    return { greeting: `Hello, ${payload.name}.` };
  },
);
