// `URL` and `URLSearchParams`, of the package that follows the standard to the letter.

import './install.js';

export { URL, URLSearchParams } from 'whatwg-url';
