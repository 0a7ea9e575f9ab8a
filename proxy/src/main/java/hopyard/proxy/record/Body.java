package hopyard.proxy.record;

/**
 * The part of a content that was kept.
 *
 * @param bytes the beginning of the content, without secrets; decompressed if the content coding is known
 * @param isText whether the bytes are text in UTF-8
 * @param isHidden whether a secret has been taken out
 * @param isCut whether the content had more bytes
 * @param decoded the content coding that was undone; {@code null} if the bytes are as they were sent
 * @param length how many bytes of content were sent in all
 */
public record Body(byte[] bytes, boolean isText, boolean isHidden, boolean isCut, String decoded, long length) {}
