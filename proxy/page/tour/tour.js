// The tour: five things to do, beside the page that they are done on.
import { h } from '../lib/dom.js';

export function section() {
    return h('aside', { id: 'tour', 'aria-label': 'Tour', hidden: true });
}

export function start() {
}
