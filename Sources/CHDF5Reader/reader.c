#define _GNU_SOURCE
#include "reader.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "isolation.h"

// Names longer than this are nobody's.
enum { longest_name = 1 << 16 };

// Seconds of computing for a request, and bytes of values that add another.
enum { seconds_allowed = 3, bytes_a_second = 1 << 24 };

bool hdf5_reader_receive(int channel, void *target, size_t count) {
    for (size_t done = 0; done < count;) {
        const ssize_t got = read(channel, (char *)target + done, count - done);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        done += (size_t)got;
    }
    return true;
}

bool hdf5_reader_send(int channel, const void *source, size_t count) {
    for (size_t done = 0; done < count;) {
        const ssize_t put = send(channel, (const char *)source + done, count - done, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        done += (size_t)put;
    }
    return true;
}

static bool give_answer(int channel, const answer *answer) {
    return hdf5_reader_send(channel, &answer->reply, sizeof answer->reply)
        && hdf5_reader_send(channel, answer->bytes, answer->reply.length);
}

// The child: answers until the parent hangs up.
static void serve(const char *path, int channel, int memory) {
    static char object[longest_name + 1], name[longest_name + 1];
    answer answer = {0};
    opened_file file = {.memory = memory};
    isolation_allow(seconds_allowed);
    const bool is_open = open_file(path, &file, &answer);
    if (!give_answer(channel, &answer) || !is_open) return;
    hdf5_reader_request request;
    while (hdf5_reader_receive(channel, &request, sizeof request)) {
        if (request.object_length > longest_name || request.name_length > longest_name) return;
        if (!hdf5_reader_receive(channel, object, request.object_length)
            || !hdf5_reader_receive(channel, name, request.name_length))
            return;
        object[request.object_length] = name[request.name_length] = 0;
        isolation_allow(seconds_allowed + (unsigned)(request.bytes / bytes_a_second));
        memset(&answer.reply, 0, sizeof answer.reply);
        answer_request(&file, &request, object, name, &answer);
        if (!give_answer(channel, &answer)) return;
    }
}

int hdf5_reader_start(const char *path, hdf5_reader *reader) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return errno;
    const int memory = memfd_create("hdf5", MFD_CLOEXEC);
    const pid_t child = memory < 0 ? -1 : fork();
    if (child < 0) {
        const int error = errno;
        close(ends[0]);
        close(ends[1]);
        if (memory >= 0) close(memory);
        return error;
    }
    if (child == 0) {
        isolation_begin(ends[1], memory);
        serve(path, ends[1], memory);
        _exit(0);
    }
    close(ends[1]);
    *reader = (hdf5_reader){.process = child, .channel = ends[0], .memory = memory};
    return 0;
}

int hdf5_reader_cause(const hdf5_reader *reader) {
    // One that is dead already keeps its own status.
    kill(reader->process, SIGKILL);
    siginfo_t info = {0};
    while (waitid(P_PID, (id_t)reader->process, &info, WEXITED | WNOWAIT) < 0) {
        if (errno != EINTR) return 0;
    }
    return info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED ? info.si_status : 0;
}

void hdf5_reader_end(const hdf5_reader *reader) {
    close(reader->channel);
    close(reader->memory);
    // It has nothing to do but to end; killed, it cannot fail to.
    kill(reader->process, SIGKILL);
    while (waitpid(reader->process, NULL, 0) < 0 && errno == EINTR) {}
}
