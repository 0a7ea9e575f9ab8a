// What all drawings share: a figure with its caption, the button that shows an exchange's hops, and times for people.
import { call } from '../../lib/api.js';
import { h } from '../../lib/dom.js';
import { pick } from '../../path/path.js';

/** A drawing under its caption. */
export function figure(kind, caption, ...children) {
    return h('figure', { class: `figure ${kind}` }, h('figcaption', {}, caption), ...children);
}

/** A sentence in the place of a drawing. */
export const note = (text) => h('p', { class: 'about' }, text);

/** A time with three digits: 0.12 ms, 34 ms, 1.2 s. */
export function time(ms) {
    if (ms === null || ms === undefined || Number.isNaN(ms)) {
        return '–';
    }
    if (ms >= 1000) {
        return `${(ms / 1000).toFixed(ms >= 10_000 ? 1 : 2)} s`;
    }
    return `${ms.toFixed(ms >= 100 ? 0 : ms >= 10 ? 1 : 2)} ms`;
}

/** The address without its port, and the port. */
export function ends(address) {
    const colon = address?.lastIndexOf(':') ?? -1;
    return colon < 0 ? [address ?? '', ''] : [address.slice(0, colon), address.slice(colon + 1)];
}

/**
 * A button that puts an exchange on the path on top, and says its sockets in one line beside itself.
 *
 * @param id the exchange; without one there is no button
 * @param what names it for who does not see where it stands
 */
export function hops(id, what) {
    if (!id) {
        return null;
    }
    const out = h('span', { class: 'hops-said', role: 'status' });
    return h('span', { class: 'to-hops' },
        h('button', {
            type: 'button',
            class: 'small',
            'data-exchange': id,
            title: 'Shows this exchange on the path on top',
            click: async () => {
                pick(id);
                try {
                    const { client, tries } = await call('GET', `exchanges/${id}`);
                    const last = tries.at(-1);
                    out.textContent = ` on the path: ${client.from} → ${client.at}`
                        + (last ? ` → ${last.to ?? last.server}${last.to ? '' : ' (not connected)'}` : ', no app asked');
                } catch (error) {
                    out.textContent = ` ${error.message}`;
                }
            },
        }, 'hops', h('span', { class: 'unseen' }, ` of: ${what}`)),
        out);
}
