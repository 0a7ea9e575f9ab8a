export default {
    id: 'time',
    title: 'Time and buffers',
    experiments: {
        'buffered-events': 'Why do my server-sent events arrive all at once?',
        'slow-client': 'What does a slow client cost the app?',
        'websocket-idle': 'Why does my WebSocket die after a minute of silence?',
        'gzip-who': 'Who has compressed this?',
        'upload-stored': 'When does the app see an upload?',
    },
};
