/**
 * The language of nginx.conf: lexer, parser, the directive tree with file and line, sizes and times, error messages;
 * and how modules declare their directives ({@link hopyard.proxy.conf.Setting}, {@link hopyard.proxy.conf.Command}).
 *
 * <p>Texts here are <em>byte strings</em>: each char is one byte (ISO 8859-1), because nginx.conf, HTTP fields and
 * request targets are bytes and must come out as they went in.
 */
package hopyard.proxy.conf;
