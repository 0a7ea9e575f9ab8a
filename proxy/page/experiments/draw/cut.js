// A path before and after a hop: what was cut out is struck out, what was put in its place is marked.
import { h } from '../../lib/dom.js';
import { figure, hops } from './figure.js';

/** What two paths end with in common, by segments. */
function common(came, left) {
    let n = 0;
    while (n < came.length && n < left.length && came.at(-1 - n) === left.at(-1 - n)) {
        n++;
    }
    return came.slice(came.length - n);
}

/**
 * Draws paths.
 *
 * @param rows a list of { label, came, left, then, tone, id }: the line of the configuration, the path as it came, as it left (null: it
 *     never left), and what came of it
 */
export function cuts(caption, rows) {
    return figure('cuts', caption, h('ol', {}, rows.map(({ label, came, left, then, tone, id }) => {
        const kept = left === null ? came : common(came, left);
        const cut = came.slice(0, came.length - kept.length);
        const put = left === null ? '' : left.slice(0, left.length - kept.length);
        return h('li', {},
            h('code', { class: 'cut-label' }, label),
            h('span', { class: 'cut-path' },
                h('span', { class: 'unseen' }, `came as ${came}, left as ${left ?? 'nothing'}: `),
                cut ? h('del', {}, cut) : null,
                put ? h('ins', {}, put) : null,
                h('span', {}, kept)),
            h('span', { class: `cut-then ${tone ?? ''}` }, then, ' ', hops(id, label)));
    })));
}
