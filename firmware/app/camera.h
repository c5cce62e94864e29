/*
 * The process that looks through the camera: it alone opens /dev/videoN and
 * decodes pictures, which anybody may hold before it, so a fault in a decoder
 * meets a process that can reach nothing: no file to write, no key, no
 * network, only a pipe to the terminal (docs/FORMATS.md, Camera pipe).
 *
 * A keeper starts it, forked before the terminal closes itself in, and starts
 * it again when it ends: the camera was unplugged, or the decoder died. Both
 * end with the terminal. They tell the log what happens, each thing once.
 */
#ifndef KARCIS_APP_CAMERA_H
#define KARCIS_APP_CAMERA_H

#include "firmware/core/config.h"

/* Starts the process for the first "camera:" line: *fd is the pipe's reading
 * end, for scanner_config.camera_fd. Without such a line nothing, and *fd -1.
 * A camera that is not there is no error. Called before threads, devices and
 * keys are there. */
int camera_start(const struct config *c, int *fd, struct err *e) MUST_USE;

#endif
