export default {
    id: 'time',
    title: 'Time and buffers',
    experiments: {
        'buffered-events': 'Why do my server-sent events arrive all at once?',
        'websocket-idle': 'Why does my WebSocket die after a minute of silence?',
        'gzip-who': 'Who has compressed this?',
    },
};
