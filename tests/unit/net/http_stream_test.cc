// A body that comes in pieces: over real sockets on loopback, plain and TLS.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <vector>

#include "common/base/mutex.h"
#include "common/net/http.h"
#include "tests/support/pki.h"
#include "tests/unit/net/raw_client.h"

namespace noroshi::net {
namespace {

constexpr char kGet[] = "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n";

class HttpStreamTest : public testing::Test {
 protected:
  HttpStreamTest() { options_.listen = "127.0.0.1:0"; }

  void Start() {
    auto server = HttpServer::Start(options_, [this](const Request& request) {
      Response response;
      if (request.path != "/stream") return response;
      const MutexLock lock(mutex_);
      response.stream = std::make_shared<BodyStream>(bytes_max_, [this] {
        const MutexLock changed(mutex_);
        ++changes_;
        told_.notify_all();
      });
      streams_.push_back(response.stream);
      told_.notify_all();
      return response;
    });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  std::shared_ptr<BodyStream> WaitForStream(size_t number = 0) {
    std::unique_lock<Mutex> lock(mutex_);
    told_.wait_for(lock, std::chrono::seconds(10), [&] { return streams_.size() > number; });
    return streams_.at(number);
  }
  BodyStream::End WaitForEnd(const BodyStream& stream) {
    std::unique_lock<Mutex> lock(mutex_);
    told_.wait_for(lock, std::chrono::seconds(10), [&] { return stream.end() != BodyStream::End::kOpen; });
    return stream.end();
  }
  bool WaitUntilSent(const BodyStream& stream) {
    std::unique_lock<Mutex> lock(mutex_);
    return told_.wait_for(lock, std::chrono::seconds(10), [&] { return stream.empty(); });
  }

  HttpOptions options_;
  size_t bytes_max_ = 1 << 20;
  Mutex mutex_;
  CondVar told_;
  int changes_ = 0;
  std::vector<std::shared_ptr<BodyStream>> streams_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpStreamTest, SendsPiecesAsTheyComeAndEndsTheConnectionBehindTheLast) {
  Start();
  RawClient client(server_->port());
  client.Send(kGet);
  const auto stream = WaitForStream();
  ASSERT_TRUE(stream->Push("one\n"));
  EXPECT_NE(client.ReadUntil("4\r\none\n\r\n").find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  ASSERT_TRUE(WaitUntilSent(*stream));
  ASSERT_TRUE(stream->Push("two"));
  client.ReadUntil("3\r\ntwo\r\n");
  stream->Finish();
  EXPECT_FALSE(stream->Push("late"));
  EXPECT_EQ(client.ReadAll(), "0\r\n\r\n");
  EXPECT_EQ(WaitForEnd(*stream), BodyStream::End::kFinished);
}

TEST_F(HttpStreamTest, TakesNoMoreThanItsBound) {
  bytes_max_ = 10;
  BodyStream stream(bytes_max_, [] {});
  EXPECT_TRUE(stream.Push("123456"));
  EXPECT_FALSE(stream.Push("78901"));
  EXPECT_TRUE(stream.Push("7890"));
  EXPECT_EQ(stream.Take().bytes, "1234567890");
  EXPECT_FALSE(stream.empty()) << "taken, but not sent yet";
  stream.Sent();
  EXPECT_TRUE(stream.empty());
}

TEST_F(HttpStreamTest, TellsTheProducerThatThePeerIsGone) {
  Start();
  auto client = std::make_unique<RawClient>(server_->port());
  client->Send(kGet);
  const auto stream = WaitForStream();
  client->ReadUntil("\r\n\r\n");
  client.reset();
  EXPECT_EQ(WaitForEnd(*stream), BodyStream::End::kPeerGone) << "without a byte to send";
  EXPECT_FALSE(stream->Push("x"));
}

TEST_F(HttpStreamTest, ParsesNothingThatAClientSendsBehindAStream) {
  Start();
  RawClient client(server_->port());
  client.Send(kGet);
  const auto stream = WaitForStream();
  client.ReadUntil("\r\n\r\n");
  client.Send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(WaitForEnd(*stream), BodyStream::End::kPeerGone);
  client.ReadAll();
  EXPECT_EQ(streams_.size(), 1u);
}

TEST_F(HttpStreamTest, LetsAReaderGoThatDoesNotTakeWhatWaits) {
  options_.stream_write_timeout = std::chrono::milliseconds(100);
  bytes_max_ = 64 << 20;
  Start();
  RawClient client(server_->port());
  const int small = 4096;
  setsockopt(client.socket(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  client.Send(kGet);
  const auto stream = WaitForStream();
  // The deadline grows with the size: 1 MiB at 128 KiB/s would be 8 s. Many small pieces fill the kernel's buffers first.
  for (int i = 0; i < 400 && stream->end() == BodyStream::End::kOpen; ++i) {
    stream->Push(std::string(16 << 10, 'x'));
    std::unique_lock<Mutex> lock(mutex_);
    told_.wait_for(lock, std::chrono::milliseconds(400), [&] { return stream->empty() || stream->end() != BodyStream::End::kOpen; });
  }
  EXPECT_EQ(WaitForEnd(*stream), BodyStream::End::kTooSlow);
}

TEST_F(HttpStreamTest, EndsStreamsWholeWhereTheServerDrains) {
  Start();
  RawClient client(server_->port());
  client.Send(kGet);
  const auto stream = WaitForStream();
  client.ReadUntil("\r\n\r\n");
  server_->Drain(std::chrono::seconds(10));
  EXPECT_EQ(client.ReadAll(), "0\r\n\r\n");
  EXPECT_EQ(WaitForEnd(*stream), BodyStream::End::kStopped);
}

TEST_F(HttpStreamTest, HoldsNoWorkerWhileManyStreamsAreOpen) {
  Start();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (size_t i = 0; i < 100; ++i) {  // several times the workers
    clients.push_back(std::make_unique<RawClient>(server_->port()));
    clients.back()->Send(kGet);
    WaitForStream(i);
  }
  RawClient other(server_->port());
  other.Send("GET /other HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(other.ReadAll().starts_with("HTTP/1.1 200 "));
  for (size_t i = 0; i < clients.size(); ++i) {
    ASSERT_TRUE(streams_[i]->Push(fmt::format("piece {}", i)));
    EXPECT_NE(clients[i]->ReadUntil(fmt::format("piece {}\r\n", i)).find("piece"), std::string::npos);
  }
}

TEST_F(HttpStreamTest, StreamsThroughTls) {
  test::TestPki pki;
  options_.tls = pki.Issue("alfa", "alfa-edge");
  Start();
  const std::string url = fmt::format("https://127.0.0.1:{}/stream", server_->port());
  auto fetched = std::async(std::launch::async, [&] { return Fetch({pki.ca_file()}, "GET", url, {}, ""); });
  const auto stream = WaitForStream();
  std::string sent;
  for (int i = 0; i < 50; ++i) {
    const std::string piece(static_cast<size_t>(1000 * i + 1), static_cast<char>('a' + i % 26));
    if (stream->Push(piece)) sent += piece;
  }
  stream->Finish();
  const auto answer = fetched.get();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, sent);
  EXPECT_EQ(WaitForEnd(*stream), BodyStream::End::kFinished);
}

TEST_F(HttpStreamTest, GivesHeadNoBody) {
  Start();
  RawClient client(server_->port());
  client.Send("HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.ReadAll().ends_with("\r\n\r\n"));
  EXPECT_EQ(WaitForEnd(*WaitForStream()), BodyStream::End::kPeerGone);
}

TEST_F(HttpStreamTest, EndsWithTheServer) {
  Start();
  RawClient client(server_->port());
  client.Send(kGet);
  const auto stream = WaitForStream();
  client.ReadUntil("\r\n\r\n");
  server_.reset();
  EXPECT_EQ(client.ReadAll().find("[open]"), std::string::npos);
  EXPECT_NE(stream->end(), BodyStream::End::kOpen);
  EXPECT_FALSE(stream->Push("x"));
}

}  // namespace
}  // namespace noroshi::net
