package hopyard.proxy.record;

/**
 * What was kept of a content.
 *
 * @param bytes its beginning, without secrets; what was compressed in a way that can be undone is here as it was before
 * @param isText whether that is text in UTF-8
 * @param isHidden whether something has been taken out
 * @param isCut whether there was more
 * @param decoded what it was compressed with; {@code null} if it is here as it was sent
 * @param length how many bytes have passed
 */
public record Body(byte[] bytes, boolean isText, boolean isHidden, boolean isCut, String decoded, long length) {}
