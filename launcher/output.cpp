#include "launcher/output.hpp"

#include <utility>

namespace scoop::launcher {

Output::Output(OutputStyle style, std::vector<std::string> hosts)
    : style_(std::move(style)),
      hosts_(std::move(hosts)),
      stdout_prefixes_(style_, hosts_),
      stderr_prefixes_(style_, hosts_),
      files_(style_, hosts_),
      stdout_(descriptor_sink(1, stdout_prefixes_), progress_),
      stderr_(descriptor_sink(2, stderr_prefixes_), progress_) {
    if (!style_.directory.empty()) to_files_ = std::make_unique<StreamWriter>(file_sink(), progress_);
}

StreamWriter::Sink Output::descriptor_sink(int fd, LinePrefixes& prefixes) {
    return [fd, &prefixes](StampedText text, int stop_fd) {
        return write_all(fd, prefixes.apply(std::move(text.text), text.time), stop_fd);
    };
}

StreamWriter::Sink Output::file_sink() {
    return [this](StampedText text, int) -> std::optional<WriteError> {
        if (auto written = files_.write(std::move(text.text), text.time); !written)
            return WriteError{false, written.error().sentence()};
        return std::nullopt;
    };
}

void Output::begin() {
    if (to_files_) remove_output_files(style_.directory);
}

void Output::push(const base::Source& source, std::string_view bytes, base::TimePoint now) {
    credit_.on_received(source, bytes.size());
    if (style_.raw)
        write({source, std::string(bytes)});
    else if (auto text = merger_.push(source, bytes, now))
        write(std::move(*text));
}

void Output::finish(const base::Source& source) {
    if (auto text = merger_.finish(source)) write(std::move(*text));
}

void Output::push_errors(base::HostIndex host, std::string_view bytes, base::TimePoint now) {
    if (auto text = merger_.push({host, rank_of_host, 2}, bytes, now)) write(std::move(*text));
}

void Output::say(std::string lines) { write({{0, rank_of_launcher, 2}, std::move(lines)}); }

void Output::on_time(base::TimePoint now) {
    progress_.clear();
    if (!stdout_.is_idle()) merger_.on_backlog(1, now);
    if (!stderr_.is_idle()) merger_.on_backlog(2, now);
    for (auto& text : merger_.take_silent(now)) write(std::move(text));
}

std::map<base::Source, std::uint32_t> Output::take_credit() {
    for (StreamWriter* writer : {&stdout_, &stderr_, to_files_.get()}) {
        if (writer == nullptr) continue;
        for (const auto& [source, bytes] : writer->take_written())
            if (is_worker(source)) credit_.on_written(source, bytes);
    }
    return credit_.take();
}

std::optional<WriteError> Output::error() const {
    if (auto error = stdout_.error()) return error;
    if (auto error = stderr_.error()) return error;
    return to_files_ ? to_files_->error() : std::nullopt;
}

void Output::flush() {
    for (auto& text : merger_.take_all()) write(std::move(text));
}

bool Output::is_idle() const { return stdout_.is_idle() && stderr_.is_idle() && (!to_files_ || to_files_->is_idle()); }

void Output::write(base::Text text) {
    StampedText stamped{std::move(text), std::chrono::system_clock::now()};
    const base::Source& source = stamped.text.source;
    if (is_worker(source)) credit_.on_queued(source, stamped.text.bytes.size());
    if (to_files_ && is_worker(source))
        to_files_->write(std::move(stamped));
    else if (source.stream == 1)
        stdout_.write(std::move(stamped));
    else
        stderr_.write(std::move(stamped));
}

}  // namespace scoop::launcher
