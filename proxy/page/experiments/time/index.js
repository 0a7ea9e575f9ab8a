export default {
    id: 'time',
    title: 'Time and buffers',
    experiments: {
        'buffered-events': 'Why do my server-sent events arrive all at once?',
    },
};
