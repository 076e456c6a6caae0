// A tokenizer of characters: the most frequent ones of the training text have an id of their own, and
// everything else is written byte by byte, so that any bytes come back as they were.
//
// Ids 0 to 255 are the bytes; 256 and on are characters of more than one byte, the most frequent first.

#include "boundary.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

CPT_PLUGIN_RECORD(CPT_KIND_TOKENIZER, CPT_CONCURRENCY_CONCURRENT, "example-plugin", "0.1.0",
                  "example_plugin_entry", "")

namespace {

constexpr int32_t byte_count = 256;
constexpr std::string_view model_header = "example-plugin characters 1\n";

const cpt_host *host;

// The character of 2 to 4 bytes that `bytes` starts with; empty where there is none.
std::string_view first_character(std::string_view bytes) {
  auto byte = [&](size_t place) { return static_cast<uint8_t>(bytes[place]); };
  size_t size = byte(0) >= 0xF8   ? 0
                : byte(0) >= 0xF0 ? 4
                : byte(0) >= 0xE0 ? 3
                : byte(0) >= 0xC0 ? 2
                                  : 0;
  if (size == 0 || size > bytes.size()) return {};
  for (size_t place = 1; place < size; ++place)
    if ((byte(place) & 0xC0) != 0x80) return {};
  return bytes.substr(0, size);
}

class Tokenizer {
public:
  // Throws if a character stands in the list twice.
  explicit Tokenizer(std::vector<std::string> characters) : characters(std::move(characters)) {
    for (const auto &character : this->characters)
      if (!ids.emplace(character, byte_count + static_cast<int32_t>(ids.size())).second)
        throw corrupt("holds a character twice");
  }

  static Tokenizer trained(const cpt_documents *documents, size_t vocabulary) {
    auto counts = counted(documents);
    std::vector<std::pair<std::string, uint64_t>> list(counts.begin(), counts.end());
    // The map is sorted by character, and a stable sort keeps that order among equals.
    std::stable_sort(list.begin(), list.end(),
                     [](const auto &a, const auto &b) { return a.second > b.second; });
    list.resize(std::min(list.size(), vocabulary - byte_count));
    std::vector<std::string> characters;
    for (auto &entry : list) characters.push_back(std::move(entry.first));
    return Tokenizer(std::move(characters));
  }

  // A model is a header line, then every character in the order of the ids.
  static Tokenizer loaded(std::string_view model) {
    if (!model.starts_with(model_header)) throw corrupt("does not start with its header line");
    std::vector<std::string> characters;
    for (auto rest = model.substr(model_header.size()); !rest.empty();) {
      auto character = first_character(rest);
      if (character.empty()) throw corrupt("holds bytes that are no character");
      characters.emplace_back(character);
      rest.remove_prefix(character.size());
    }
    return Tokenizer(std::move(characters));
  }

  std::string saved() const {
    std::string model(model_header);
    for (const auto &character : characters) model += character;
    return model;
  }

  int32_t size() const { return byte_count + static_cast<int32_t>(characters.size()); }

  std::vector<int32_t> encoded(std::string_view bytes) const {
    std::vector<int32_t> result;
    result.reserve(bytes.size());
    while (!bytes.empty()) {
      auto character = first_character(bytes);
      auto known = character.empty() ? ids.end() : ids.find(std::string(character));
      result.push_back(known == ids.end() ? static_cast<uint8_t>(bytes[0]) : known->second);
      bytes.remove_prefix(known == ids.end() ? 1 : character.size());
    }
    return result;
  }

  std::string decoded(const int32_t *ids, size_t count) const {
    std::string result;
    for (size_t place = 0; place < count; ++place) {
      int32_t id = ids[place];
      if (id < 0 || id >= size())
        throw Failure{CPT_INVALID_ARGUMENT, "id " + std::to_string(id) + " at place " +
                                                std::to_string(place) + " is none; ids are 0 to " +
                                                std::to_string(size() - 1)};
      if (id < byte_count) result.push_back(static_cast<char>(id));
      else result += characters[static_cast<size_t>(id - byte_count)];
    }
    return result;
  }

private:
  std::vector<std::string> characters;  // by id - byte_count
  std::unordered_map<std::string, int32_t> ids;

  static Failure corrupt(const char *what) {
    return {CPT_CORRUPT_DATA, std::string("the saved model of example-plugin ") + what +
                                  ": remove the file, and it is trained anew"};
  }

  static std::map<std::string, uint64_t> counted(const cpt_documents *documents) {
    std::map<std::string, uint64_t> counts;
    for (uint64_t done = 0;;) {
      if (CPT_HAS(host, is_cancelled) && host->is_cancelled(host->context))
        throw Failure{CPT_CANCELLED, "stopped while counting characters"};
      cpt_text document = {};
      require(documents->next(documents->context, &document),
              "the host could not give the next document");
      if (!document.data) return counts;
      for (auto rest = view(document); !rest.empty();) {
        auto character = first_character(rest);
        if (!character.empty()) ++counts[std::string(character)];
        rest.remove_prefix(std::max<size_t>(1, character.size()));
      }
      done += document.length;
      if (CPT_HAS(host, progress) && documents->byte_count > 0)
        host->progress(host->context,
                       static_cast<double>(done) / static_cast<double>(documents->byte_count),
                       text("counting characters"));
    }
  }
};

const Tokenizer &at(void *instance) { return *static_cast<const Tokenizer *>(instance); }

std::string_view bytes_view(const uint8_t *bytes, size_t length) {
  return length == 0 ? std::string_view()
                     : std::string_view(reinterpret_cast<const char *>(bytes), length);
}

void write(const cpt_byte_sink *sink, std::string_view bytes) {
  require(sink->write(sink->context, reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()),
          "the host did not take the bytes");
}

const cpt_tokenizer_table table = {
    .struct_size = sizeof table,
    .train = [](const cpt_options *options, const cpt_documents *documents, void **instance,
                cpt_error **error) {
      return guarded(error, [&] {
        auto vocabulary = static_cast<size_t>(option(options, "vocabulary").integer);
        *instance = new Tokenizer(Tokenizer::trained(documents, vocabulary));
      });
    },
    .load = [](const cpt_options *, const uint8_t *model, size_t length, void **instance,
               cpt_error **error) {
      return guarded(error, [&] {
        *instance = new Tokenizer(Tokenizer::loaded(bytes_view(model, length)));
      });
    },
    .save = [](void *instance, const cpt_byte_sink *sink, cpt_error **error) {
      return guarded(error, [&] { write(sink, at(instance).saved()); });
    },
    .vocabulary_size = [](void *instance) { return at(instance).size(); },
    .encode = [](void *instance, const uint8_t *bytes, size_t length, int32_t *ids,
                 size_t capacity, size_t *count, cpt_error **error) {
      return guarded(error, [&] {
        auto encoded = at(instance).encoded(bytes_view(bytes, length));
        *count = encoded.size();
        if (encoded.size() > capacity)
          throw Failure{CPT_BUFFER_TOO_SMALL, std::to_string(encoded.size()) +
                                                  " ids do not fit into room for " +
                                                  std::to_string(capacity)};
        std::copy(encoded.begin(), encoded.end(), ids);
      });
    },
    .decode = [](void *instance, const int32_t *ids, size_t count, const cpt_byte_sink *sink,
                 cpt_error **error) {
      return guarded(error, [&] { write(sink, at(instance).decoded(ids, count)); });
    },
    .destroy = destroy<Tokenizer>,
};

constexpr cpt_option_value default_vocabulary = {
    .struct_size = sizeof(cpt_option_value), .type = CPT_OPTION_INTEGER, .integer = 1024};

constexpr cpt_option options[] = {
    declared("vocabulary", CPT_OPTION_INTEGER, CPT_OPTION_DEFAULTED, &default_vocabulary, byte_count,
             1 << 20, "The most ids there may be: 256 bytes, and the most frequent characters."),
};

}  // namespace

EXPORT cpt_status example_plugin_entry(const cpt_host *services, cpt_plugin *plugin,
                                       cpt_error **error) {
  host = services;
  return hand_over(plugin, CPT_KIND_TOKENIZER, options, std::size(options), &table, error);
}
