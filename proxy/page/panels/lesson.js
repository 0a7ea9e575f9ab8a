// The lesson on ports and network services.
import { h } from '../lib/dom.js';

export function panel() {
    return [h('p', {}, 'An address is a house, a port is a room in it.')];
}
