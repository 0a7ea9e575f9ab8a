// What an experiment can do. One lab serves one run: it sends, measures, changes nginx.conf for a while, opens doors, and at the end puts
// everything back, however the run has ended.
import { call as ask } from '../lib/api.js';
import { withEdit } from './config.js';
import * as live from './live.js';
import { Unmeasured } from './unmeasured.js';

/** How long somebody may take for what is to be done by hand, and how often it is looked whether it is done, in ms. */
const PATIENCE = 600_000;
const LOOK = 250;

/** A door's port is looked for from here on. */
const FIRST_PORT = 9400;
const PORTS = 40;

/** What came of one request of the console's: { status, error, content, received, sent, from, to, phases, id } and these. */
class Sent {
    constructor(result) {
        Object.assign(this, result);
    }

    /** A header of the response; undefined if it is not there. */
    header(name) {
        return Sent.find(this.received, name);
    }

    /** A header of the request as the console sent it. */
    asked(name) {
        return Sent.find(this.sent, name);
    }

    static find(fields, name) {
        const found = fields.filter(([each]) => each.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
        return found.length ? found.join(', ') : undefined;
    }

    /** The content, as JSON. */
    json() {
        try {
            return JSON.parse(this.content);
        } catch {
            throw new Unmeasured(`the answer is ${this.said}, and no JSON`);
        }
    }

    /** The first line of the content. */
    get line() {
        return (this.content ?? '').trim().split('\n')[0];
    }

    /** The status or, if there was no answer, why. */
    get said() {
        return this.error ?? String(this.status);
    }

    get ms() {
        return this.phases.totalMs;
    }
}

export class Lab {
    #undo = [];
    /** Port by id. */
    #doors = new Map();

    #lock;
    #showHand;
    /** Ends in an error when the run is stopped: a slow answer is not waited for then. */
    #stopped;
    #since = 0;

    /**
     * @param say shows what is being done now
     * @param signal ends the run early
     * @param lock what nginx.conf is changed under
     * @param showHand shows what a person is to do: { text, commands }, or null when it is done
     */
    constructor(say, signal, lock, showHand = () => {}) {
        this.say = say;
        this.signal = signal;
        this.#lock = lock;
        this.#showHand = showHand;
        this.#stopped = new Promise((resolve, reject) => { signal.addEventListener('abort', () => reject(signal.reason), { once: true }); });
        this.#stopped.catch(() => { /* who waits for something meanwhile is told */ });
    }

    /** Notes where this run begins. */
    async begin() {
        this.#since = (await this.call('GET', 'exchanges?limit=1')).newest;
    }

    /** Asks the console; ends where the run has been stopped. */
    call(method, path, body) {
        this.signal.throwIfAborted();
        return ask(method, path, body);
    }

    sleep(ms) {
        this.signal.throwIfAborted();
        return new Promise((resolve) => { setTimeout(resolve, ms); });
    }

    /** Ends the run as "could not be measured" unless what must hold does. */
    need(holds, because) {
        if (!holds) {
            throw new Unmeasured(because);
        }
    }

    /** The same for requests that have to have this status, so that nothing is compared that is not alike. */
    needStatus(result, status, what = 'the request') {
        this.need(result.status === status, `${what} was answered with ${result.said ?? result.status} instead of ${status}`);
        return result;
    }

    /** Requests after one another, by turns of `inRow`: { name: [path, options] } gives { name: [results] }, all answered with 200. */
    async turns(times, requests, inRow = 1) {
        const results = Object.fromEntries(Object.keys(requests).map((name) => [name, []]));
        for (let turn = 0; turn < times / inRow; turn++) {
            for (const [name, [path, options]] of Object.entries(requests)) {
                for (let i = 0; i < inRow; i++) {
                    results[name].push(this.needStatus(await this.send(path, options), 200, `request ${turn * inRow + i + 1} of ${path}`));
                }
            }
        }
        return results;
    }

    /** One request by the console; gives its result. `via` is proxied or direct. */
    async send(path, { method = 'GET', headers = [], body = '', via = 'proxied', readRate = 0, ...more } = {}) {
        const answer = await Promise.race([this.call('POST', 'send', { path, method, headers, body, via, readRate, ...more }), this.#stopped]);
        return new Sent(answer.results[0]);
    }

    /** Everything that the proxy recorded of an exchange: see docs/console.md, "An exchange". */
    exchange(id) {
        return this.call('GET', `exchanges/${id}?wait=1000`);
    }

    /** The newest exchange of this run with just this target; waits for it a while, since one is recorded when its last byte has been written. */
    async newest(target) {
        for (let i = 0; i < 40; i++) {
            const found = (await this.recorded(target)).find((exchange) => exchange.target === target);
            if (found) {
                return this.exchange(found.id);
            }
            await this.sleep(50);
        }
        throw new Unmeasured(`the proxy has recorded no request for ${target}`);
    }

    /** What the proxy has recorded since the run began, newest first: exchanges whose target holds `path`. */
    async recorded(path) {
        return (await this.call('GET', `exchanges?limit=500&since=${this.#since}&path=${encodeURIComponent(path)}`)).exchanges;
    }

    /** `n` requests each way, alternating; { direct, proxied } with p50Ms, p99Ms, results and the last one's id. */
    compare(path, n) {
        return this.call('POST', 'compare', { path, n });
    }

    /** The kernel's table: { listening, connections, states }; of all ports or of one. */
    sockets(port = 0) {
        return this.call('GET', `sockets?port=${port}`);
    }

    /**
     * Changes the running nginx.conf for as long as `work` takes.
     *
     * @param edit gives the new text for the old one; throws Unmeasured if it does not find its place
     */
    withConfig(edit, work) {
        this.signal.throwIfAborted();
        this.say('putting the changed nginx.conf to work');
        return withEdit(this.#lock, edit, async () => {
            this.say('asking');
            return work();
        });
    }

    /** Adds locations to the running nginx.conf, before `location / {`, for as long as `work` takes. */
    withLocations(text, work) {
        return this.withConfig((own) => insert(own, /^[ \t]*location \/ \{/m, text.replace(/^/gm, '        '), 'location / {'), work);
    }

    /** Adds to the http block (upstreams, maps, zones, servers), before the first server, and locations as above. */
    withServer({ http = '', locations = '' }, work) {
        return this.withConfig((own) => {
            const text = locations ? insert(own, /^[ \t]*location \/ \{/m, locations.replace(/^/gm, '        '), 'location / {') : own;
            return http ? insert(text, /^[ \t]*server \{/m, http.replace(/^/gm, '    '), 'server {') : text;
        }, work);
    }

    /** Opens a door (a socket that listens and never answers) at an address and port; it is closed when the run ends. Throws what the kernel says. */
    async openDoor(body) {
        const answer = await this.call('POST', 'doors', body);
        this.#doors.set(answer.door, body.port);
        return answer;
    }

    /** The same on a port that nobody listens at, which it gives. */
    async door(address, { backlog = 2 } = {}) {
        const { listening } = await this.sockets();
        const taken = new Set([...listening.map(({ port }) => port), ...this.#doors.values()]);
        const port = Array.from({ length: PORTS }, (_, i) => FIRST_PORT + i).find((each) => !taken.has(each));
        this.need(port, `all ports from ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1} are taken`);
        await this.openDoor({ address, port, backlog });
        return port;
    }

    /** One system call of a door's: `what` is socket, ID/bind, ID/listen, ID/close …; { call: { ok, errno, number, message }, said, door, … }. */
    async doorCall(what, body = {}) {
        const answer = await this.call('POST', `doors/${what}`, body);
        if (what.endsWith('/close')) {
            this.#doors.delete(answer.door);
        } else if (!this.#doors.has(answer.door)) {
            this.#doors.set(answer.door, 0);
        }
        return answer;
    }

    /** Closes what is open of the run's doors, at this port or all of them; the end of the run does, too. */
    async closeDoors(port = null) {
        const { doors } = await ask('GET', 'doors');
        const mine = [...this.#doors].filter(([, at]) => port === null || at === port).map(([id]) => id);
        for (const id of mine) {
            // a door closes by itself after some minutes
            if (doors.some((door) => door.id === id)) {
                await ask('DELETE', `doors/${id}`);
            }
            this.#doors.delete(id);
        }
    }

    /** This page asks, by fetch: all of its requests come on one connection, one after the other. */
    async fetch(path, options) {
        this.signal.throwIfAborted();
        const started = performance.now();
        const response = await fetch(path, { cache: 'no-store', signal: this.signal, ...options });
        return { status: response.status, headers: response.headers, text: await response.text(), ms: performance.now() - started };
    }

    /** When the parts of a streamed response arrive in this page: { times: [ms…], status, text }. */
    stream(path) {
        this.signal.throwIfAborted();
        return live.stream(path, this.signal);
    }

    /** Opens a WebSocket of this page's and sends a text: { opened, echo, closed, ms }. */
    webSocket(path, options) {
        this.signal.throwIfAborted();
        return live.webSocket(path, options);
    }

    /**
     * Has a person do what this page cannot, and waits until it is done.
     *
     * @param text what to do
     * @param commands that do it, in a terminal
     * @param isDone is asked again and again; gives something true when it has been done
     */
    async byHand({ text, commands }, isDone) {
        this.say('this waits for you');
        this.#showHand({ text, commands });
        try {
            for (const end = performance.now() + PATIENCE; performance.now() < end; await this.sleep(LOOK)) {
                const done = await isDone();
                if (done) {
                    return done;
                }
            }
        } finally {
            this.#showHand(null);
        }
        throw new Unmeasured(`it waited ${PATIENCE / 60_000} minutes for you to do this: ${text}`);
    }

    /** Has something undone when the run ends, the last thing first. */
    atEnd(undo) {
        this.#undo.push(undo);
    }

    /** Puts back what is left; says what could not be. */
    async end() {
        const problems = [];
        for (const undo of [...this.#undo.splice(0), () => this.closeDoors()].reverse()) {
            try {
                await undo();
            } catch (error) {
                problems.push(error.message);
            }
        }
        return problems;
    }
}

function insert(own, where, text, name) {
    const at = own.search(where);
    if (at < 0) {
        throw new Unmeasured(`it adds lines before "${name}", and the running nginx.conf has no such line`);
    }
    return `${own.slice(0, at)}${text}\n\n${own.slice(at)}`;
}
