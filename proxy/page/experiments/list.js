// The guided experiments. Each `run` gets the lab of experiments.js and returns rows: what was done, what came of it, and
// perhaps the id of an exchange to look at.

const json = (result) => JSON.parse(result.content);

const received = (result, name) => result.received.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value).join(', ');

const outcome = (result) => result.error ?? `${result.status}${received(result, 'proxy-status') ? ` (${received(result, 'proxy-status')})` : ''}`;

const seconds = (result) => `${(result.phases.totalMs / 1000).toFixed(1)} s`;

const firstLine = (text) => text.trim().split('\n')[0];

/** When the parts of a streamed response arrive in this page, in milliseconds. */
async function arrivals(path) {
    const started = performance.now();
    const reader = (await fetch(path, { cache: 'no-store' })).body.getReader();
    const times = [];
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
        times.push(Math.round(performance.now() - started));
    }
    return times;
}

/** Opens a WebSocket, sends a text, and says what came back. */
function webSocket(path) {
    return new Promise((resolve) => {
        const socket = new WebSocket(`ws://${location.host}${path}`);
        socket.onopen = () => socket.send('hello');
        socket.onmessage = (event) => { resolve(`open; it echoes "${event.data}"`); socket.close(); };
        socket.onerror = () => resolve('failed to open');
    });
}

const HOST = 'proxy_set_header Host $http_host;';

export const EXPERIMENTS = [
    {
        id: 'whose-ip',
        question: 'Whose IP address does the app see?',
        async run(lab) {
            const direct = await lab.send('/ip', { via: 'direct' });
            const proxied = await lab.send('/ip');
            return [
                ['direct: the other end of its socket', json(direct).remote_addr],
                ['direct: X-Forwarded-For', json(direct)['X-Forwarded-For'] ?? 'absent'],
                ['through the proxy: the other end of its socket', `${json(proxied).remote_addr}, and that is the proxy`, proxied.id],
                ['through the proxy: X-Forwarded-For', json(proxied)['X-Forwarded-For']],
            ];
        },
        look: 'the wire from proxy to app: its left end is the proxy’s own port. On one machine all addresses may be 127.0.0.1; in Docker they differ.',
        why: 'A proxy makes a connection of its own. The kernel tells the app who made that one, so the client’s address can only come in a header.',
        lines: 'proxy_set_header X-Real-IP       $remote_addr;\nproxy_set_header X-Forwarded-For $remote_addr;',
    },
    {
        id: 'spoofed-xff',
        question: 'Can a client lie in X-Forwarded-For?',
        run: (lab) => lab.withLocations(`location /experiment/ { proxy_pass http://app/; ${HOST} proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }`, async () => {
            const lie = { headers: [['X-Forwarded-For', '6.6.6.6']] };
            const direct = await lab.send('/ip', { ...lie, via: 'direct' });
            const shipped = await lab.send('/ip', lie);
            const appended = await lab.send('/experiment/ip', lie);
            return [
                ['direct: the app is told', json(direct)['X-Forwarded-For']],
                ['with $remote_addr, as shipped', json(shipped)['X-Forwarded-For'], shipped.id],
                ['with $proxy_add_x_forwarded_for', json(appended)['X-Forwarded-For'], appended.id],
            ];
        }),
        look: 'the last row: an app that takes the first address in the list believes the lie.',
        why: 'Appending is right only behind another proxy that you trust. The first proxy must replace what the client claims, and nobody else may reach the app.',
        lines: '# the first proxy\nproxy_set_header X-Forwarded-For $remote_addr;\n# a proxy behind another one\nproxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    },
    {
        id: 'allowed-hosts',
        question: 'Why does Django answer 400 Bad Request behind a new proxy?',
        run: (lab) => lab.withLocations('location /experiment/ { proxy_pass http://app/; proxy_set_header Connection ""; }', async () => {
            const good = await lab.send('/whoami');
            const evil = await lab.send('/whoami', { headers: [['Host', 'evil.example']] });
            const forgotten = await lab.send('/experiment/whoami');
            return [
                ['Host as you typed it', outcome(good), good.id],
                ['Host: evil.example', `${outcome(evil)}: ${firstLine(evil.content)}`, evil.id],
                ['a location without proxy_set_header Host', `${outcome(forgotten)}: ${firstLine(forgotten.content)}`, forgotten.id],
            ];
        }),
        look: 'the Host that left the proxy in the last one: it is the name in proxy_pass.',
        why: 'Unless told otherwise, nginx sends $proxy_host, the upstream’s name. And one proxy_set_header in a location drops all that it would have inherited. ALLOWED_HOSTS knows neither.',
        lines: 'proxy_set_header Host $http_host;',
    },
    {
        id: 'https-behind-proxy',
        question: 'How does the app know that the browser used https?',
        run: (lab) => lab.withLocations(`location /experiment/ { proxy_pass http://app/; ${HOST} proxy_set_header X-Forwarded-Proto https; }`, async () => {
            const lie = { headers: [['X-Forwarded-Proto', 'https']] };
            const plain = await lab.send('/redirect/1');
            const secure = await lab.send('/experiment/redirect/1');
            const spoofed = await lab.send('/redirect/1', lie);
            const direct = await lab.send('/redirect/1', { ...lie, via: 'direct' });
            return [
                ['X-Forwarded-Proto $scheme: redirects to', received(plain, 'location'), plain.id],
                ['X-Forwarded-Proto https, as a proxy with TLS says', received(secure, 'location'), secure.id],
                ['a client claims https, through the proxy', received(spoofed, 'location'), spoofed.id],
                ['a client claims https, directly', received(direct, 'location')],
            ];
        }),
        look: 'the scheme in each Location.',
        why: 'The proxy ends TLS and speaks plain HTTP to the app. Without X-Forwarded-Proto the app thinks that it is on http; if it redirects every http request to https, that loops for ever. It may believe the header (SECURE_PROXY_SSL_HEADER) only if the proxy always sets it.',
        lines: 'proxy_set_header X-Forwarded-Proto $scheme;\n# and in Django: SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")',
    },
    {
        id: 'trailing-slash',
        question: 'What does the slash at the end of proxy_pass change?',
        run: (lab) => lab.withLocations(`location /experiment/kept/ { proxy_pass http://app; ${HOST} }\nlocation /experiment/cut/ { proxy_pass http://app/; ${HOST} }`, async () => {
            const kept = await lab.send('/experiment/kept/ip');
            const cut = await lab.send('/experiment/cut/ip');
            return [
                ['proxy_pass http://app;', `${outcome(kept)}: ${firstLine(kept.content)}`, kept.id],
                ['proxy_pass http://app/;', `${outcome(cut)}: the app was asked for /ip`, cut.id],
            ];
        }),
        look: 'the first line of the request as it left the proxy.',
        why: 'With a URI in proxy_pass, even just "/", it replaces the part of the path that the location matched. Without one, the path goes on as it came.',
        lines: 'location /experiment/kept/ { proxy_pass http://app; }    # /experiment/kept/ip\nlocation /experiment/cut/  { proxy_pass http://app/; }   # /ip',
    },
    {
        id: '502-504',
        question: 'When is it 502, and when 504?',
        async run(lab) {
            const closed = await lab.send('/fail/close');
            const garbage = await lab.send('/fail/garbage');
            const slow = await lab.send('/slow/3');
            return [
                ['the app hangs up', outcome(closed), closed.id],
                ['the app speaks no HTTP', outcome(garbage), garbage.id],
                ['the app thinks for 3 s, the proxy waits for 1 s', `${outcome(slow)} after ${seconds(slow)}`, slow.id],
            ];
        },
        look: 'Proxy-Status, which says why in a standard word (RFC 9209).',
        why: '502 Bad Gateway: the proxy got no valid answer. 504 Gateway Timeout: it got none in time.',
        lines: 'location /slow/ { proxy_read_timeout 1s; proxy_pass http://app/delay/; }',
    },
    {
        id: 'listens-on-loopback',
        question: 'Why "connection refused" though the app is running?',
        async run(lab) {
            const rows = [];
            for (const address of ['127.0.0.1', '0.0.0.0']) {
                const port = await lab.door(address);
                try {
                    const result = await lab.withLocations(`location = /experiment { proxy_read_timeout 1s; proxy_pass http://127.0.0.2:${port}; }`, () => lab.send('/experiment'));
                    rows.push([`a server bound to ${address}:${port}, asked at 127.0.0.2:${port}`, outcome(result)
                        + (result.status === 504 ? ': connected, but this server never answers' : ''), result.id]);
                } finally {
                    await lab.call('DELETE', `doors/${port}`);
                }
            }
            return rows;
        },
        look: 'refused against connected. 127.0.0.2 stands for any other address of the machine, as a container’s is.',
        why: 'A socket bound to 127.0.0.1 accepts only what is sent to exactly that address. Bound to 0.0.0.0, it accepts on all. An app in a container that binds 127.0.0.1 cannot be reached by the proxy next door.',
        lines: 'BIND=127.0.0.1   # the app: reached from its own machine or container only\nBIND=0.0.0.0     # reached at every address',
    },
    {
        id: 'expose-publish',
        question: 'EXPOSE or publish: what makes a port reachable?',
        async run(lab) {
            const direct = await lab.send('/healthz', { via: 'direct' });
            const { listening } = await lab.call('GET', 'sockets');
            const port = direct.to.replace(/.*:/, '');
            const sameHouse = listening.some((socket) => String(socket.port) === port);
            return [
                ['the proxy asks the app at', `${direct.to}: ${outcome(direct)}`],
                [`does port ${port} listen in the proxy’s own house?`, sameHouse
                    ? 'yes: no containers here, one house for both, nothing to publish'
                    : 'no: the app lives in another container, and they share a network'],
                ['from your browser', `open http://${location.hostname}:${port}/ in another tab: in Docker it answers only while "ports:" publishes it`],
            ];
        },
        look: 'the proxy reaches the app on their network whether or not the port is published.',
        why: 'EXPOSE notes down where the app listens and opens nothing. "ports:" (docker run -p) forwards a port of your machine into the container. Take it away from the backend and only the proxy gets there.',
        lines: 'EXPOSE 8000               # Dockerfile.backend\nports: ["8000:8000"]      # docker-compose.yml',
    },
    {
        id: 'too-large',
        question: 'Who says 413, and when?',
        run: (lab) => lab.withLocations(`location /experiment/ { client_max_body_size 1k; proxy_pass http://app/; ${HOST} }`, async () => {
            const small = await lab.send('/experiment/upload', { method: 'POST', body: 'x'.repeat(500) });
            const large = await lab.send('/experiment/upload', { method: 'POST', body: 'x'.repeat(2000) });
            return [
                ['500 bytes, where 1k is the limit', outcome(small), small.id],
                ['2000 bytes', `${outcome(large)}, and the app was not asked`, large.id],
            ];
        }),
        look: 'the second one: there is no wire to the app.',
        why: 'nginx compares Content-Length with client_max_body_size (1m unless set) before it reads the content or connects to the app.',
        lines: 'client_max_body_size 1k;',
    },
    {
        id: 'buffered-events',
        question: 'Why do my server-sent events arrive all at once?',
        run: (lab) => lab.withLocations(
            `location /experiment/on/ { proxy_buffering on; proxy_pass http://app/; ${HOST} proxy_http_version 1.1; }\n`
            + `location /experiment/off/ { proxy_buffering off; proxy_pass http://app/; ${HOST} proxy_http_version 1.1; }`,
            async () => {
                const path = 'sse?count=4&interval=0.3&hint=off';
                const on = await arrivals(`/experiment/on/${path}`);
                const off = await arrivals(`/experiment/off/${path}`);
                const hinted = await arrivals('/experiment/on/sse?count=4&interval=0.3');
                return [
                    ['proxy_buffering on: parts arrive after (ms)', on.join(', ')],
                    ['proxy_buffering off', off.join(', ')],
                    ['on, but the app sends X-Accel-Buffering: no', hinted.join(', ')],
                ];
            },
        ),
        look: 'when the first event arrives.',
        why: 'With buffering, the proxy gathers a response until a buffer is full. That frees the app from slow clients, and it delays what comes in drops.',
        lines: 'proxy_buffering off;       # or let the app say so: X-Accel-Buffering: no',
    },
    {
        id: 'websocket',
        question: 'Why does my WebSocket not connect through the proxy?',
        run: (lab) => lab.withLocations(`location = /experiment/ws { proxy_http_version 1.1; ${HOST} proxy_pass http://app/ws; }`, async () => {
            const good = await webSocket('/ws');
            const bad = await webSocket('/experiment/ws');
            const { exchanges } = await lab.call('GET', 'exchanges?path=/experiment/ws&limit=1');
            return [
                ['Upgrade and Connection passed on, as shipped', good],
                ['without those two lines', `${bad}: the app answered ${exchanges[0]?.status ?? 'nothing'}`, exchanges[0]?.id],
            ];
        }),
        look: 'which headers of the request the proxy removed.',
        why: 'Upgrade and Connection belong to one connection (RFC 9110 §7.6.1), so a proxy does not pass them on unless it is told to, and then speaks HTTP/1.1.',
        lines: 'proxy_http_version 1.1;\nproxy_set_header Upgrade    $upgrade;              # a map of $http_upgrade\nproxy_set_header Connection $connection_upgrade;   # and one of that',
    },
    {
        id: 'upstream-keepalive',
        question: 'What does keep-alive to the app save?',
        run: (lab) => lab.withLocations(`location /experiment/ { proxy_set_header Connection close; ${HOST} proxy_pass http://app/; }`, async () => {
            // by turns, so that a machine that is busy for a while slows both; the first turn only warms up
            const medians = { '/healthz': [], '/experiment/healthz': [] };
            const ids = {};
            for (let turn = 0; turn < 4; turn++) {
                for (const path of Object.keys(medians)) {
                    const { proxied } = await lab.call('POST', 'compare', { path, n: 60 });
                    ids[path] = proxied.id;
                    if (turn > 0) {
                        medians[path].push(proxied.p50Ms);
                    }
                }
            }
            const middle = (path) => medians[path].sort((a, b) => a - b)[1].toFixed(2);
            const used = async (path) => {
                const { exchanges } = await lab.call('GET', 'exchanges?path=/healthz&limit=400');
                const found = exchanges.filter((exchange) => exchange.target === path).slice(0, 100);
                return `${found.filter((exchange) => !exchange.tries.at(-1)?.reused).length} of the last ${found.length} needed a new connection`;
            };
            return [
                ['kept: median', `${middle('/healthz')} ms; ${await used('/healthz')}`, ids['/healthz']],
                ['closed after each: median', `${middle('/experiment/healthz')} ms; ${await used('/experiment/healthz')}`, ids['/experiment/healthz']],
            ];
        }),
        look: 'the new connections, and under Ports how many are left in TIME_WAIT.',
        why: 'A new connection costs a round trip and leaves a port in TIME_WAIT for a minute. Between machines, the round trip is what you notice.',
        lines: 'upstream app { server backend:8000; keepalive 32; }\nproxy_http_version 1.1;\nproxy_set_header Connection "";',
    },
    {
        id: 'static-files',
        question: 'Who should send the static files?',
        async run(lab) {
            const path = '/static/hopyard.css';
            const byProxy = await lab.send(path);
            const byApp = await lab.send(path, { via: 'direct' });
            const both = await lab.call('POST', 'compare', { path, n: 100 });
            return [
                ['through the proxy, served by', received(byProxy, 'x-served-by'), byProxy.id],
                ['directly, served by', received(byApp, 'x-served-by')],
                ['median: from the proxy’s disk', `${both.proxied.p50Ms.toFixed(2)} ms`],
                ['median: by the app', `${both.direct.p50Ms.toFixed(2)} ms`],
            ];
        },
        look: 'the hops of the first: the app was not asked at all.',
        why: 'A file needs no Python and no database. A proxy sends it with one system call from the page cache, and the app’s few workers stay free.',
        lines: 'location /static/ { alias ../backend/static/; }',
    },
    {
        id: 'address-in-use',
        question: 'Why "address already in use", and why not port 80?',
        async run(lab) {
            const port = await lab.door('127.0.0.1');
            const refused = async (body) => {
                try {
                    await lab.call('POST', 'doors', body);
                    return 'bound';
                } catch (error) {
                    return error.message;
                }
            };
            try {
                return [
                    [`bind 127.0.0.1:${port}`, 'bound, LISTEN'],
                    [`bind 127.0.0.1:${port} again`, await refused({ address: '127.0.0.1', port })],
                    [`bind 0.0.0.0:${port}`, await refused({ address: '0.0.0.0', port })],
                    ['bind 127.0.0.1:80', await refused({ address: '127.0.0.1', port: 80 })],
                ];
            } finally {
                await lab.call('DELETE', `doors/${port}`);
            }
        },
        look: 'errno 98, EADDRINUSE, and 13, EACCES.',
        why: 'Only one socket may listen at an address and port, and 0.0.0.0 stands for all addresses. Low ports are kept for the privileged, so that who answers on port 80 was put there by the machine’s owner.',
        lines: 'listen 80;        # bind() to 0.0.0.0:80 failed (98: Address already in use)',
    },
    {
        id: 'slow-client',
        question: 'What does a slow client cost the app?',
        run: (lab) => lab.withLocations(
            `location /experiment/on/ { proxy_buffering on; proxy_pass http://app/; ${HOST} proxy_http_version 1.1; }\n`
            + `location /experiment/off/ { proxy_buffering off; proxy_pass http://app/; ${HOST} proxy_http_version 1.1; }`,
            async () => {
                const rows = [];
                for (const buffering of ['on', 'off']) {
                    const result = await lab.send(`/experiment/${buffering}/bytes/16000000`, { readRate: 5000000 });
                    const exchange = await lab.call('GET', `exchanges/${result.id}`);
                    const busy = (exchange.tries.at(-1).totalMs / 1000).toFixed(1);
                    rows.push([`proxy_buffering ${buffering}: 16 MB to a client that takes 5 MB/s`,
                        `the client was busy for ${seconds(result)}, the app for ${busy} s`, result.id]);
                }
                return rows;
            },
        ),
        look: 'how long the app was busy with the same client.',
        why: 'With buffering, the proxy takes the response as fast as the app makes it, keeps what the client does not take in a temporary file, and lets the app go. Without, the app’s worker waits for the client.',
        lines: 'proxy_buffering on;',
    },
];
