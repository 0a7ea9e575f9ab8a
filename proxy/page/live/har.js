// HAR files (http://www.softwareishard.com/blog/har-12-spec/) of other programs, as exchanges to look at beside one's own.

const total = (timings) => ['blocked', 'dns', 'connect', 'send', 'wait', 'receive'].reduce((sum, name) => sum + Math.max(0, timings?.[name] ?? 0), 0);

const fields = (list) => (list ?? []).map(({ name, value }) => [String(name), String(value)]);

/**
 * Reads a HAR file's text.
 *
 * @throws Error if it is none
 */
export function read(text) {
    let log;
    try {
        ({ log } = JSON.parse(text));
    } catch (error) {
        throw new Error(`This is no HAR file: ${error.message}.`);
    }
    if (!Array.isArray(log?.entries)) {
        throw new Error('This is no HAR file: it has no log.entries.');
    }
    return log.entries.map(entry);
}

/** When that was, in ms since 1970: Date knows no microseconds. */
function moment(text) {
    const millis = Date.parse(text);
    const beyond = /\.\d{3}(\d+)/.exec(text)?.[1];
    return beyond ? millis + Number(`0.${beyond}`) : millis;
}

/** The two ends of the client's connection: this proxy's own files have them, those of browsers at most the server's address and a name for it. */
function connection({ _client, serverIPAddress, connection: name }, url) {
    if (_client) {
        return _client;
    }
    const port = url.port || { 'http:': 80, 'https:': 443, 'ws:': 80, 'wss:': 443 }[url.protocol];
    const address = serverIPAddress?.replace(/[[\]]/g, '');
    return {
        from: null,
        at: !address ? url.host : `${address.includes(':') ? `[${address}]` : address}${port ? `:${port}` : ''}`,
        connection: name || null, request: null, reused: null,
    };
}

function entry(each, i) {
    const { request, response, timings, startedDateTime, time } = each;
    if (!request?.url || !response) {
        throw new Error(`Entry ${i + 1} of the HAR file has no request.url or no response.`);
    }
    const url = new URL(request.url, 'http://unknown');
    const totalMs = Math.max(0, time ?? total(timings));
    const startedAt = moment(startedDateTime);
    if (Number.isNaN(startedAt)) {
        throw new Error(`Entry ${i + 1} of the HAR file has no time in startedDateTime.`);
    }
    const positive = (name) => Math.max(0, timings?.[name] ?? 0);
    const type = response.content?.mimeType ?? '';
    return {
        id: `har-${Date.now().toString(36)}-${i}`,
        number: `HAR ${i + 1}`,
        imported: true,
        // a browser's file knows of no proxy
        isForeign: !each._phases,
        startedAt,
        time: new Date(startedAt + totalMs).toISOString(),
        method: request.method, target: url.pathname + url.search, host: url.hostname, hostField: request.headers?.find(({ name }) => /^(host|:authority)$/i.test(name))?.value ?? url.host, protocol: request.httpVersion ?? '',
        status: each._status ?? response.status, type,
        outcome: each._outcome ?? (response.status ? 'ok' : 'failed'),
        complete: each._complete ?? response.status > 0,
        answeredBy: each._answeredBy ?? { who: response.status ? 'app' : 'nobody', why: null, text: `${url.host} answered ${response.status}, as the HAR file says` },
        client: connection(each, url),
        location: {},
        tries: each._tries ?? [],
        phases: each._phases ?? {
            receiveMs: 0, queueMs: positive('blocked'), resolveMs: positive('dns'), connectMs: positive('connect'), sendMs: positive('send'),
            waitMs: positive('wait'), readMs: positive('receive'), writeMs: 0, tunnelMs: 0, retryMs: 0, ownMs: 0, totalMs,
        },
        bytes: { received: Math.max(0, request.bodySize ?? 0), sent: Math.max(0, response.content?.size ?? response.bodySize ?? 0) },
        headers: { fromClient: fields(request.headers), toUpstream: [], fromUpstream: [], toClient: fields(response.headers) },
        startLines: { fromClient: `${request.method} ${url.pathname}${url.search} ${request.httpVersion ?? ''}`, toClient: `${response.httpVersion ?? ''} ${response.status} ${response.statusText ?? ''}` },
        changes: { request: [], response: [] }, hops: [], lines: [], errorLog: each._errorLog ?? [],
        bodies: {
            request: request.postData?.text ? { text: request.postData.text, type: request.postData.mimeType } : null,
            response: response.content?.text ? { [response.content.encoding === 'base64' ? 'base64' : 'text']: response.content.text, type } : null,
        },
    };
}
