// Ports: the machine as a house with numbered doors, from the kernel's own table; and doors of one's own.
import { call } from '../lib/api.js';
import { $, field, h, problem } from '../lib/dom.js';

export function panel() {
    const house = h('ul', { class: 'house', 'aria-label': 'Sockets that listen' });
    const own = h('div', { id: 'own-doors' });
    const said = h('p', { role: 'status', id: 'door-said' });
    const connections = h('tbody', {});
    const states = h('p', { class: 'states' });
    const port = h('input', { type: 'number', value: 9000, min: 1, max: 65535, required: true });
    const address = h('select', {}, h('option', { value: '127.0.0.1' }, '127.0.0.1: this machine only'), h('option', { value: '0.0.0.0' }, '0.0.0.0: every address of it'));
    const backlog = h('input', { type: 'number', value: 2, min: 1, max: 16, required: true });

    async function door(method, path, body) {
        try {
            const answer = await call(method, path, body);
            said.replaceChildren(answer.said);
            showDoors(answer);
        } catch (error) {
            said.replaceChildren(problem(error));
        }
        await refresh();
    }

    function showDoors({ doors, minutes }) {
        own.replaceChildren(...doors.map((each) => h('article', { class: 'card', 'data-port': each.port },
            h('h3', {}, `Your door ${each.address}:${each.port}`),
            h('p', {}, `backlog ${each.backlog}; ${each.sockets.find((socket) => socket.state === 'LISTEN')?.queued ?? 0} in the queue, ${each.accepted} accepted. `
                + `Closes by itself after ${minutes} minutes.`),
            h('p', { class: 'buttons' },
                h('button', { type: 'button', click: () => door('POST', `doors/${each.port}/connect`) }, 'Connect'),
                h('button', { type: 'button', click: () => door('POST', `doors/${each.port}/accept`) }, 'Accept'),
                h('button', { type: 'button', click: () => door('POST', 'doors', { port: each.port, address: each.address, backlog: each.backlog }) }, 'Open again'),
                h('button', { type: 'button', click: () => door('DELETE', `doors/${each.port}`) }, 'Close')),
            h('ul', { class: 'sockets' }, each.sockets.map((socket) => h('li', {}, `${socket.local} ↔ ${socket.remote} `, h('b', {}, socket.state)))))));
    }

    async function refresh() {
        try {
            const all = await call('GET', 'sockets');
            house.replaceChildren(...all.listening.map((socket) => listening(socket, all.connections)));
            states.textContent = Object.entries(all.states).map(([state, n]) => `${n} ${state}`).join(', ')
                + (all.unlisted ? `; ${all.unlisted} more than are listed` : '');
            connections.replaceChildren(...all.connections.map((each) => h('tr', {}, h('td', { class: 'from' }, each.local), h('td', { class: 'at' }, each.remote),
                h('td', {}, each.state), h('td', {}, each.program ?? '–'))));
        } catch (error) {
            said.replaceChildren(problem(error));
        }
    }

    let timer;
    async function opened() {
        try {
            showDoors(await call('GET', 'doors'));
        } catch (error) {
            said.replaceChildren(problem(error));
        }
        await refresh();
        clearInterval(timer);
        timer = setInterval(() => {
            if ($('#panel-ports').hidden) {
                clearInterval(timer);
            } else if (!document.hidden) {
                refresh();
            }
        }, 2000);
    }

    const content = [
        h('p', { class: 'about' }, 'A machine is a house, its ports are numbered doors. A server binds a door and listens behind it; a client comes from a door'
            + ' of its own, which the system picks. In Docker, each container is a house of its own: this is the proxy’s.'),
        house,
        h('h3', {}, 'Open a door of your own'),
        h('form', { class: 'grid', submit: (event) => { event.preventDefault(); door('POST', 'doors', { port: Number(port.value), address: address.value, backlog: Number(backlog.value) }); } },
            field('Port', port, 'below 1024 is for the privileged'), field('Address', address), field('Backlog', backlog, 'how many may wait for accept()'),
            h('p', { class: 'buttons' }, h('button', { class: 'primary' }, 'Bind and listen'))),
        said, own,
        h('h3', {}, 'Connections now'), states,
        h('div', { class: 'scroll tall', tabindex: '0', role: 'region', 'aria-label': 'Connections' }, h('table', {},
            h('thead', {}, h('tr', {}, ['This end', 'Other end', 'State', 'Program'].map((text) => h('th', { scope: 'col' }, text)))), connections)),
    ];
    return { content, opened };
}

function listening(socket, connections) {
    const here = connections.filter((each) => each.local.endsWith(`:${socket.port}`) && each.state === 'ESTABLISHED').length;
    const reach = /^(127\.|0:0:0:0:0:0:0:1$|::1$)/.test(socket.address) ? 'this machine only'
        : /^(0\.0\.0\.0|0:0:0:0:0:0:0:0|::)$/.test(socket.address) ? 'every address' : socket.address;
    return h('li', { class: socket.program?.startsWith('hopyard') ? 'door ours' : 'door' },
        h('b', {}, String(socket.port)),
        h('span', { class: 'name' }, socket.name || ' '),
        h('span', {}, reach),
        h('span', {}, socket.program ?? 'another user’s program'),
        h('span', {}, `${here} connected, ${socket.waiting} waiting${socket.backlog ? ` of ${socket.backlog}` : ''}`));
}
