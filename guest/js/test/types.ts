// Types are read from the schemas. `tsc` checks this file; nothing runs it.

import { Failure, node, secret } from 'hospes-node';

export default node(
  {
    name: 'types',
    version: '0.1.0',
    payload: {
      type: 'object',
      properties: {
        name: { type: 'string' },
        tags: { type: 'array', items: { type: 'string' } },
        size: { enum: ['small', 'large'] },
        age: { type: ['integer', 'null'] },
      },
      required: ['name', 'age'],
    },
    result: { type: 'object', properties: { count: { type: 'integer' } }, required: ['count'] },
  },
  async ({ payload, http, context }) => {
    const name: string = payload.name;
    const tags: string[] | undefined = payload.tags;
    const size: 'small' | 'large' | undefined = payload.size;
    const age: number | null = payload.age;
    // @ts-expect-error a member that the schema does not have
    void payload.other;
    // @ts-expect-error it may be missing
    void payload.tags.length;
    // @ts-expect-error a secret is not a text
    const text: string = secret('key');
    // @ts-expect-error a kind that does not exist
    void new Failure('oops', text);
    http.get('https://a.example', { headers: { authorization: secret('key', { prefix: 'Bearer ' }) } });
    return { count: name.length + (tags?.length ?? 0) + (size?.length ?? 0) + (age ?? 0) + context.attempt };
  },
);

node(
  { name: 'wrong', version: '0.1.0', result: { type: 'object', properties: { count: { type: 'integer' } }, required: ['count'] } },
  // @ts-expect-error the result lacks a member
  () => ({ counts: 1 }),
);
