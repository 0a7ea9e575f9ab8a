// Chapter 9: containers are houses of their own.
import { h } from '../lib/dom.js';
import { house } from './house.js';
import { predict } from './predict.js';

export const title = 'Docker: houses within the house';

/** What docker run's arguments make reachable, as Docker's documentation has it. */
export function reach({ publish, expose, bind }) {
    const match = /^(?:(\d+\.\d+\.\d+\.\d+):)?(\d+):(\d+)$/.exec(publish);
    return {
        published: match ? { address: match[1] ?? '0.0.0.0', host: Number(match[2]), container: Number(match[3]) } : null,
        expose,
        listens: bind,
    };
}

export function chapter() {
    const publish = h('input', { value: '5000:8000', spellcheck: 'false', pattern: '((\\d+\\.){3}\\d+:)?\\d+:\\d+|', input: draw });
    const expose = h('input', { type: 'checkbox', checked: true, change: draw });
    const bind = h('select', { change: draw }, h('option', {}, '0.0.0.0:8000'), h('option', {}, '127.0.0.1:8000'));
    const picture = h('div', { class: 'picture two-houses', 'aria-live': 'polite' });

    function draw() {
        const { published } = reach({ publish: publish.value.trim(), expose: expose.checked, bind: bind.value });
        const any = bind.value.startsWith('0.0.0.0');
        const arrives = published && published.container === 8000 && any;
        const loopback = published?.address === '127.0.0.1';
        picture.replaceChildren(
            house('the host', published ? [{ port: published.host, who: 'Docker', text: loopback ? 'from this machine only' : 'from everywhere', kind: arrives ? 'proxy' : 'other' }]
                : [{ port: '–', who: 'no room', text: 'nothing is published', kind: 'empty' }], { label: 'Ports of the host' }),
            h('div', { class: arrives ? 'hall' : 'hall bricked', role: 'img', 'aria-label': arrives ? 'leads to' : 'does not lead to' },
                h('span', {}, published ? `-p ${publish.value.trim()}` : 'no -p'), h('i', {}), h('span', {}, arrives ? 'arrives' : 'ends here')),
            house('the container', [{ port: 8000, who: 'the app', text: any ? 'for everybody who gets here' : 'only from inside the container', kind: 'app' }], { label: 'Ports of the container' }),
            h('p', { class: 'about' }, !published ? 'Without -p (or ports: in a compose file) nothing outside Docker’s own networks reaches the app. EXPOSE changes nothing in that.'
                : published.container !== 8000 ? `-p leads to port ${published.container} of the container, where nobody listens.`
                    : !any ? 'The app listens on the container’s own loopback. What comes through -p comes from outside of the container, so it is refused.'
                        : `http://localhost:${published.host}/ reaches the app${loopback ? ', from this machine alone' : ', and so does every machine that reaches the host'}. Left of the colon: the host’s port. Right: the container’s.`));
    }

    draw();
    return {
        content: [
            h('p', {}, 'With Docker each container has a network of its own: its own address, its own 65,535 ports, its own ', h('code', {}, 'localhost'), '. Two containers can both listen on 8000. On a network that they share, '
                + 'they reach each other by service name: the proxy asks ', h('code', {}, 'backend:8000'), '. The host reaches them only by ports that are ', h('strong', {}, 'published'), '.'),
            h('p', {}, h('code', {}, 'EXPOSE 8000'), ' in a Dockerfile is a note for people and tools; it opens nothing. ', h('code', {}, '-p 5000:8000'), ' makes the host’s port 5000 lead to the container’s 8000.'),
            h('div', { class: 'grid' },
                h('label', { class: 'field' }, h('span', {}, 'docker run -p'), publish, h('small', {}, 'host:container; empty for none')),
                h('label', { class: 'check' }, expose, ' EXPOSE 8000 in the Dockerfile'),
                h('label', { class: 'field' }, h('span', {}, 'the app listens on'), bind)),
            picture,
            predict({
                question: 'The Dockerfile says EXPOSE 8000, docker run has no -p, the app listens on 0.0.0.0:8000. Who can reach it?',
                answers: ['everybody at localhost:8000', 'other containers of its network, and nobody at localhost:8000', 'nobody at all'],
                button: 'Set the picture to that',
                async run() {
                    publish.value = '';
                    expose.checked = true;
                    bind.value = '0.0.0.0:8000';
                    draw();
                    const { published, listens } = reach({ publish: '', expose: true, bind: bind.value });
                    return {
                        answer: published ? 0 : listens.startsWith('0.0.0.0') ? 1 : 2,
                        evidence: h('p', {}, 'The picture follows Docker’s documented rules. To see it for real: take “ports:” from the backend service in docker-compose.yml, docker compose up, and ask localhost:8000; the proxy still reaches backend:8000. '
                            + '(On Linux the host can also use the container’s own address, because the bridge is one of its own networks.)'),
                    };
                },
            }),
        ],
    };
}
