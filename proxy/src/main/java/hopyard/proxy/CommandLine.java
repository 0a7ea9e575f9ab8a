package hopyard.proxy;

import java.nio.file.Path;

/**
 * nginx's command line, and {@code --lint}.
 *
 * @see <a href="https://nginx.org/en/docs/switches.html">Command-line parameters</a>
 */
final class CommandLine {

    /** The command line is wrong; the message says how, in nginx's words. */
    static final class Mistake extends Exception {
        Mistake(String message) {
            super(message);
        }
    }

    static final String HELP = """
            Usage: hopyard [-?hvVtTq] [-s signal] [-p prefix]
                           [-e filename] [-c filename] [-g directives]
                           [--lint [filename] [--json]]

            Options:
              -?,-h         : this help
              -v            : show version and exit
              -V            : show version and configure options then exit
              -t            : test configuration and exit
              -T            : test configuration, dump it and exit
              -q            : suppress non-error messages during configuration testing
              -s signal     : send signal to a master process: stop, quit, reopen, reload
              -p prefix     : set prefix path (default: %s)
              -e filename   : set error log file (default: logs/error.log)
              -c filename   : set configuration file (default: conf/nginx.conf)
              -g directives : set global directives out of configuration file
              --lint [file] : say what is wrong or risky in a configuration and exit; --json for programs
            """;

    boolean help;
    boolean version;
    boolean details;
    boolean test;
    boolean dump;
    boolean quiet;
    String signal;
    String prefix;
    String errorLog = "logs/error.log";
    String file = "conf/nginx.conf";
    String directives = "";
    boolean lint;
    boolean json;

    CommandLine() {}

    /** Reads the arguments; letters may be run together and a value may follow its letter directly, as in nginx. */
    static CommandLine parse(String[] args) throws Mistake {
        CommandLine line = new CommandLine();
        for (int i = 0; i < args.length; i++) {
            if (args[i].startsWith("--")) {
                i = line.set(args, i);
                continue;
            }
            if (!args[i].startsWith("-")) {
                throw new Mistake("invalid option: \"" + args[i] + "\"");
            }
            for (int at = 1; at < args[i].length(); at++) {
                char option = args[i].charAt(at);
                if (line.set(option)) {
                    continue;
                }
                String rest = args[i].substring(at + 1);
                if (rest.isEmpty()) {
                    if (++i == args.length) {
                        throw new Mistake("option \"-" + option + "\" requires " + what(option));
                    }
                    rest = args[i];
                }
                line.set(option, rest);
                break;
            }
        }
        return line;
    }

    /** Reads one of Hopyard's own options. Returns the index of the last word that belongs to the option. */
    private int set(String[] args, int at) throws Mistake {
        switch (args[at]) {
            case "--lint" -> {
                lint = true;
                if (at + 1 < args.length && !args[at + 1].startsWith("-")) {
                    file = Path.of(args[at + 1]).toAbsolutePath().toString();
                    return at + 1;
                }
            }
            case "--json" -> json = true;
            default -> throw new Mistake("invalid option: \"" + args[at] + "\"");
        }
        return at;
    }

    private boolean set(char option) throws Mistake {
        switch (option) {
            case '?', 'h' -> {
                help = true;
                version = true;
            }
            case 'v' -> version = true;
            case 'V' -> {
                version = true;
                details = true;
            }
            case 't' -> test = true;
            case 'T' -> {
                test = true;
                dump = true;
            }
            case 'q' -> quiet = true;
            case 's', 'p', 'e', 'c', 'g' -> {
                return false;
            }
            default -> throw new Mistake("invalid option: \"" + option + "\"");
        }
        return true;
    }

    private void set(char option, String value) throws Mistake {
        switch (option) {
            case 's' -> {
                if (!value.matches("stop|quit|reopen|reload")) {
                    throw new Mistake("invalid option: \"-s " + value + "\"");
                }
                signal = value;
            }
            case 'p' -> prefix = value;
            case 'e' -> errorLog = value;
            case 'c' -> file = value;
            default -> directives = value;
        }
    }

    private static String what(char option) {
        return switch (option) {
            case 's' -> "parameter: stop, quit, reopen, reload";
            case 'p' -> "directory name";
            case 'g' -> "parameter";
            default -> "file name";
        };
    }
}
