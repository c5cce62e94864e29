/*
 * The bytes that the camera process sends to the terminal (docs/FORMATS.md,
 * Camera pipe): texts, each a line that ends with CR, and between lines one
 * byte that says whether the camera is at work. Texts are printable ASCII, so
 * that neither byte can stand in one.
 */
#ifndef KARCIS_SCANNER_CAMERA_PIPE_H
#define KARCIS_SCANNER_CAMERA_PIPE_H

enum camera_byte {
	CAMERA_BYTE_NONE = 0,
	CAMERA_BYTE_HERE = 0x11, /* DC1 */
	CAMERA_BYTE_GONE = 0x13, /* DC3 */
};

#endif
