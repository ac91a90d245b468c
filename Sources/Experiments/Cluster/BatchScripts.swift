import Foundation
import Support

/// The shell scripts of a submission.
///
/// bash runs traps between commands only, and a trapped signal ends a `wait` early, so the program runs in the background and is
/// waited for until it is gone. Slurm sends CONT beside every signal; with a trap on CONT bash loses the others, so there is none.
struct BatchScripts {
    let files: SubmissionFiles
    let options: BatchOptions
    /// Tasks of the array.
    let tasks: Int
    /// Where it was submitted from: what paths are relative to.
    let workFolder: String
    /// Of the largest task: MiB and minutes; nil leaves the site's default.
    var memory: Int?
    var minutes: Int?

    static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }

    private func header(_ name: String, memory: Int?, minutes: Int?, processors: Int, more: [String] = []) -> String {
        let lines =
            ["--job-name=ldct-\(name)", "--nodes=1", "--ntasks=1", "--cpus-per-task=\(processors)"]
            + [memory.map { "--mem=\($0)M" }, minutes.map { "--time=\($0)" }].compactMap(\.self)
            + ["--requeue", "--open-mode=append"] + more
        return """
            #!/bin/bash
            \(options.directives(lines))
            # Written by ldct submit; submit.sh beside it submits it.
            set -u
            program=(\(options.program))
            folder=\(Self.quoted(files.folder))
            say() { echo "$(date '+%F %T') [job ${SLURM_JOB_ID:-?}, restart ${SLURM_RESTART_COUNT:-0}] $*"; }
            \(options.setup.joined(separator: "\n"))
            """
    }

    /// - Parameter progress: A file that grows with what a task finishes; nil where nothing tells.
    private func task(_ command: String, before: String = "", progress: String?) -> String {
        header(
            files.id, memory: memory, minutes: minutes, processors: options.processors,
            more: ["--signal=B:USR1@\(options.warning)"])
                + """

                # $1 is added to the task's number: arrays that are longer than the site allows come in parts.
                task=$((${1:-0} + SLURM_ARRAY_TASK_ID))
                export OMP_NUM_THREADS=${SLURM_CPUS_PER_TASK:-${SLURM_CPUS_ON_NODE:-1}}
                mkdir -p "$folder/ends"
                rm -f "$folder/ends/$task"
                finished() { \(progress.map { "cat \($0) 2>/dev/null | wc -c" } ?? "echo 0"); }
                before=$(finished)
                \(before)

                why= child=
                trap 'why=${why:-warned}; kill -USR1 "$child" 2>/dev/null' USR1
                trap 'why=ended; kill -TERM "$child" 2>/dev/null' TERM
                await() {   # The status of the child, when it is gone.
                    while wait "$child"; kill -0 "$child" 2>/dev/null; do :; done
                    wait "$child"
                }
                while :; do
                    \(command) &
                    child=$!
                    await
                    status=$?
                    # 75: an earlier writer, whom Slurm took for dead, is still there.
                    [ "$status" = 75 ] && [ -z "$why" ] || break
                    say "waits for the other writer"
                    sleep 5 &
                    child=$!
                    await
                    [ -z "$why" ] || break
                done

                # The warning comes before the time limit, and at some sites before a preemption, which Slurm requeues itself and announces
                # with TERM at once.
                if [ "$why" = warned ] && [ "$status" != 0 ]; then sleep 1; fi
                if [ "$why" = ended ]; then
                    say "was ended, status $status"
                    exit "$status"
                fi
                if [ "$why" = warned ] && [ "$status" != 0 ]; then
                    if [ "$(finished)" != "$before" ] || [ "${SLURM_RESTART_COUNT:-0}" -lt \(options.restarts) ]; then
                        say "requeues itself"
                        # Slurm ends this script; leaving first would end the job.
                        scontrol requeue "$SLURM_JOB_ID" && { sleep 120; exit "$status"; }
                    else
                        say "finished nothing before its time limit: give it more, --sbatch=--time=..."
                    fi
                fi
                echo "$status" > "$folder/ends/.$task" && mv "$folder/ends/.$task" "$folder/ends/$task"
                exit "$status"

                """
    }

    /// A task of an experiment: one shard.
    var shard: String {
        let records = "\(Self.quoted(files.root))/shard-\"$task\"-of-\(tasks)/\(files.id)/records.jsonl"
        return task(
            "\"${program[@]}\" run \(Self.quoted(files.experiment)) --shard \"$task/\(tasks)\" "
                + "--plan \(Self.quoted(files.plan)) --results \(Self.quoted(files.root)) --quiet",
            progress: records)
    }

    /// A task of a list: one of its lines.
    var command: String {
        task(
            "\"${program[@]}\" \"${arguments[@]}\"",
            before: "eval \"arguments=($(sed -n \"${task}p\" \"$folder/commands.txt\"))\"", progress: nil)
    }

    /// Runs when all shards have ended, however they did.
    var merge: String {
        header("\(files.id)-merge", memory: 2048, minutes: 30, processors: 1)
            + """

            shards=()
            for task in $(seq \(tasks)); do
                shard=\(Self.quoted(files.root))/shard-$task-of-\(tasks)/\(files.id)
                if [ -s "$shard/records.jsonl" ]; then shards+=("$shard"); else say "shard $task has no results"; fi
            done
            if [ ${#shards[@]} = 0 ]; then say "nothing to merge"; exit 1; fi
            for try in $(seq 60); do
                "${program[@]}" merge "${shards[@]}" --results \(Self.quoted(files.root)) --force
                status=$?
                [ "$status" = 75 ] || break
                sleep 5
            done
            say "merged, status $status"
            exit "$status"

            """
    }

    /// Runs when all commands of a list have ended, however they did.
    var roll: String {
        header("\(files.id)-end", memory: 100, minutes: 5, processors: 1)
            + """

            missing=0
            for task in $(seq \(tasks)); do
                end=$(cat "$folder/ends/$task" 2>/dev/null || echo none)
                [ "$end" = 0 ] && continue
                missing=1
                echo "missing: line $task ended with status $end: $(sed -n "${task}p" "$folder/commands.txt")"
            done
            exit "$missing"

            """
    }

    /// The indices of the arrays: how much is added to them, and how many there are.
    var parts: [(offset: Int, count: Int)] {
        let largest = max(1, options.largestArray - 1)
        return stride(from: 0, to: tasks, by: largest).map { ($0, min(largest, tasks - $0)) }
    }

    /// Submits everything, or nothing.
    var submit: String {
        let logs = Self.quoted(files.logs)
        let arrays = parts.map { part in
            """
            submit --array=1-\(part.count) --output=\(logs)/%A_%a.log \(Self.quoted(files.task)) \(part.offset)
            """
        }
        return """
            #!/bin/bash
            # Written by ldct submit: \(tasks) tasks, and a job that runs when all have ended.
            set -euo pipefail
            cd \(Self.quoted(workFolder))
            mkdir -p \(logs) \(Self.quoted(files.ends))
            jobs=
            # What was submitted is taken back if the rest is refused.
            trap '[ $? = 0 ] || for job in ${jobs//:/ }; do scancel "$job"; done' EXIT
            submit() {
                local job
                job=$(sbatch --parsable --chdir="$PWD" "$@")
                jobs+=:${job%%;*}
            }
            \(arrays.joined(separator: "\n"))
            tasks=$jobs
            submit --dependency="afterany$tasks" --output=\(logs)/last.log \(Self.quoted(files.last))
            echo "jobs ${jobs#:}"

            """
    }
}
