package hopyard.proxy.modules;

/**
 * The media type of a response as nginx takes it apart.
 *
 * @param plain the value up to the charset
 * @param charset {@code null} for none
 */
record ContentType(String plain, String charset) {

    static ContentType parse(String value) {
        for (int at = value.indexOf(';'); at >= 0; at = value.indexOf(';', at + 1)) {
            int name = at + 1;
            while (name < value.length() && value.charAt(name) == ' ') {
                name++;
            }
            if (value.regionMatches(true, name, "charset=", 0, 8)) {
                String charset = value.substring(name + 8);
                return new ContentType(value.substring(0, at), charset.replaceAll("^\"|\"$", ""));
            }
        }
        return new ContentType(value, null);
    }
}
