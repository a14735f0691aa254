import js from '@eslint/js';

const GLOBALS = [
  'console', 'crypto', 'fetch', 'process', 'setTimeout', 'Headers', 'Response', 'TextDecoder', 'TextEncoder', 'URL',
];

export default [
  js.configs.recommended,
  {
    languageOptions: {
      ecmaVersion: 2024,
      globals: Object.fromEntries(GLOBALS.map((name) => [name, 'readonly'])),
    },
    rules: { 'no-redeclare': ['error', { builtinGlobals: false }], 'no-var': 'error', 'prefer-const': 'error' },
  },
];
