// The kernel's own view of a socket, as ss prints it.
import { h } from '../lib/dom.js';

/** @param view { sockets: rows of the kernel's table, note } */
export function kernel(view, label = 'The kernel’s table') {
    return h('div', { class: 'kernel' },
        view?.sockets?.length ? h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label }, h('table', {},
            h('thead', {}, h('tr', {}, ['State', 'Recv-Q', 'Local address', 'Peer address', 'What it is'].map((text) => h('th', { scope: 'col' }, text)))),
            h('tbody', {}, view.sockets.map((row) => h('tr', {}, [row.state, String(row.recvQ ?? ''), row.local, row.remote, row.role].map((text) => h('td', {}, text)))))))
            : h('p', { class: 'about' }, 'Nothing of it stands in the kernel’s table of connections.'),
        view?.note ? h('p', { class: 'about' }, view.note) : null);
}
