// Ports: the machine as a house, from the kernel's own table; the connections now; and doors of one's own, one system call at a time.
import { call } from '../lib/api.js';
import { count, field, h, problem } from '../lib/dom.js';
import { house, roomsOf } from '../lesson/house.js';
import { kernel } from '../lesson/kernel.js';
import { https } from '../ports/https.js';

/** How often the kernel is asked while somebody looks, in ms. */
const PAUSE = 2000;

const NEXT = { created: ['bind'], bound: ['listen', 'connect'], listening: ['connect', 'accept'] };

export function panel() {
    const picture = h('div', {});
    const own = h('div', { id: 'own-doors' });
    const said = h('p', { role: 'status', id: 'door-said' });
    const connections = h('tbody', {});
    const listeners = h('tbody', {});
    const states = h('p', { class: 'about' });
    const filter = h('input', { type: 'search', placeholder: ':80 ESTABLISHED', spellcheck: 'false', input: () => draw() });
    const port = h('input', { type: 'number', value: 9000, min: 0, max: 65535, required: true });
    const address = h('input', { value: '127.0.0.1', required: true, spellcheck: 'false', list: 'addresses' });
    const addresses = h('datalist', { id: 'addresses' }, ['127.0.0.1', '0.0.0.0', '127.0.0.2', '::1', '::'].map((value) => h('option', { value })));
    const backlog = h('input', { type: 'number', value: 2, min: 0, max: 16, required: true });
    const reusePort = h('input', { type: 'checkbox' });
    const encrypted = https();
    let all = null;

    const values = () => ({ port: Number(port.value), address: address.value.trim(), backlog: Number(backlog.value), reusePort: reusePort.checked });

    async function door(path, body = {}) {
        try {
            const answer = await call('POST', path, body);
            const ok = answer.call ? answer.call.ok : true;
            said.className = ok ? 'good' : 'problem';
            said.textContent = answer.said;
            showDoors(answer);
        } catch (error) {
            said.className = '';
            said.replaceChildren(problem(error));
        }
        await refresh();
    }

    function showDoors({ doors, minutes }) {
        own.replaceChildren(...doors.map((each) => h('article', { class: 'card', 'data-port': each.port, 'data-door': each.id },
            h('h3', {}, each.port ? `Door ${each.id}: ${each.address}:${each.port}` : `Door ${each.id}: no address yet`, ` (${each.state})`),
            h('p', {}, each.queue ? `${each.queue}. ${each.accepted} accepted.` : '', ` File descriptor ${each.fd}. Closes by itself after ${minutes} minutes.`),
            h('p', { class: 'buttons' },
                NEXT[each.state].map((name) => h('button', { type: 'button', 'data-step': name, click: () => door(`doors/${each.id}/${name}`, name === 'bind' || name === 'listen' ? values() : {}) }, `${name}()`)),
                h('button', { type: 'button', 'data-step': 'close', click: () => door(`doors/${each.id}/close`) }, 'close()')),
            kernel({ sockets: each.sockets, note: null }, `The kernel’s table of door ${each.id}`))));
    }

    function draw() {
        if (!all) {
            return;
        }
        picture.replaceChildren(house('this machine (in Docker: the proxy’s container)', roomsOf(all.listening), { label: 'Ports that somebody listens at' }));
        listeners.replaceChildren(...all.listening.map((each) => h('tr', {}, [each.local, each.program ?? 'another user’s program', each.name || '',
            `${each.waiting}${each.capacity ? ` of ${each.capacity}` : ''} waiting`].map((text) => h('td', {}, text)))));
        states.textContent = Object.entries(all.states).map(([state, n]) => `${count(n)} ${state}`).join(', ') + (all.unlisted ? `; ${count(all.unlisted)} more than are listed` : '');
        const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
        connections.replaceChildren(...all.connections.filter((each) => words.every((word) => `${each.local} ${each.remote} ${each.state} ${each.program ?? ''}`.toLowerCase().includes(word)))
            .map((each) => h('tr', {}, [each.local, each.remote, each.state, each.program ?? '–'].map((text) => h('td', {}, text)))));
    }

    let failed = null;
    async function refresh() {
        try {
            all = await call('GET', 'sockets');
            failed?.remove();
            failed = null;
            draw();
        } catch (error) {
            failed?.remove();
            failed = problem(error);
            picture.before(failed);
        }
    }

    let timer;
    async function opened() {
        clearInterval(timer);
        timer = setInterval(() => !document.hidden && refresh(), PAUSE);
        await refresh();
        whole.classList.remove('waiting');
        encrypted.show();
        try {
            showDoors(await call('GET', 'doors'));
        } catch (error) {
            said.replaceChildren(problem(error));
        }
    }

    const content = [
        h('p', { class: 'about' }, 'A machine is a house, its ports are rooms with numbers. A server binds one and listens; a client comes from a port of its own, which the system picks. In Docker each container is a house of its own: this is the proxy’s.'),
        h('div', { class: 'picture-place' }, picture),
        h('h3', {}, 'A door of your own'),
        h('form', { class: 'grid', submit: (event) => { event.preventDefault(); door('doors', values()); } },
            addresses, field('Address', address, 'one of this machine’s, or 0.0.0.0'), field('Port', port, '0: the kernel chooses; below 1024 takes a privilege'), field('Backlog', backlog, 'for listen()'),
            h('label', { class: 'check' }, reusePort, ' SO_REUSEPORT'),
            h('p', { class: 'buttons' }, h('button', { class: 'primary', id: 'open-door' }, 'socket, bind, listen'),
                h('button', { type: 'button', id: 'step-door', click: () => door('doors/socket', { reusePort: reusePort.checked, family: address.value.includes(':') ? 'ipv6' : 'ipv4' }) }, 'socket() alone: step by step'))),
        said, own,
        h('h3', {}, 'https://localhost'), encrypted.place,
        h('h3', {}, 'Who listens'),
        h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Who listens' }, h('table', { class: 'mono' },
            h('thead', {}, h('tr', {}, ['Local address', 'Program', 'Service', 'Queue'].map((text) => h('th', { scope: 'col' }, text)))), listeners)),
        h('h3', {}, 'Connections now'), states,
        h('label', {}, 'Filter ', filter),
        h('div', { class: 'scroll tall', tabindex: '0', role: 'region', 'aria-label': 'Connections' }, h('table', { class: 'mono' },
            h('thead', {}, h('tr', {}, ['This end', 'Other end', 'State', 'Program'].map((text) => h('th', { scope: 'col' }, text)))), connections)),
    ];
    const whole = h('div', { class: 'waiting' }, content);
    return { content: [whole], opened, closed: () => clearInterval(timer) };
}
