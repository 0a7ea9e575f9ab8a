export default {
    id: 'who',
    title: 'Who is asking?',
    experiments: {
        'whose-ip': 'Whose IP address does the app see?',
    },
};
