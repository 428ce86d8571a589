// Every bound of the product, in one place, with its unit in the name; relations between them are checked
// at compile time. A thing over its bound is refused or dropped with a count that names the bound.
#pragma once

#include <cstddef>
#include <cstdint>

namespace noroshi::limits {

// --- one STIX object and what carries it (abuse-cases E: bytes, then depth, then count, then strings)
inline constexpr size_t kObjectBytesMax = 1u << 20;
inline constexpr size_t kJsonDepthMax = 64;
inline constexpr size_t kJsonMembersMax = 20'000;    // members and list items of one object, all levels
inline constexpr size_t kJsonKeyBytesMax = 250;      // STIX 2.1 §3.1: property names
inline constexpr size_t kRefsPerObjectMax = 8'192;   // distinct references of one object
inline constexpr size_t kStixIdBytesMax = 288;       // type (250) + "--" + UUID (36)
inline constexpr size_t kObjectsPerRequestMax = 100'000;
inline constexpr int64_t kFutureSkewUsMax = 24ll * 3600 * 1'000'000;  // `modified` ahead of the clock
inline constexpr size_t kWarningsPerObjectMax = 8;   // told to its publisher; further ones are left out

// --- one STIX pattern (abuse-cases AC-65)
inline constexpr size_t kPatternBytesMax = 256u << 10;
inline constexpr size_t kPatternTokensMax = 65'536;
inline constexpr size_t kPatternDepthMax = 64;                      // open parentheses, around and inside brackets together
inline constexpr size_t kPatternTypesMax = 64;                      // distinct object types named
inline constexpr size_t kPatternRegexBytesMax = 4'096;              // one regular expression
inline constexpr size_t kPatternRegexesMax = 256;
inline constexpr size_t kPatternRegexMemoryBytes = 1u << 20;        // RE2's program of one
inline constexpr size_t kPatternRegexInstructionsMax = 128u << 10;  // RE2's programs of all together
static_assert(kPatternBytesMax < kObjectBytesMax, "an indicator with the longest pattern is no longer than an object may be");

// --- one submission (TAXII POST, CLI)
inline constexpr size_t kContentBytesMax = 64u << 20;  // TAXII max_content_length

// --- records and logs
inline constexpr size_t kRecordBytesMax = kObjectBytesMax + (64u << 10);
inline constexpr size_t kAppendRecordsMax = 4'096;  // one append call
inline constexpr size_t kAppendBytesMax = 8u << 20;
inline constexpr size_t kPollRecordsMax = 4'096;  // one batch handed out by a reader
inline constexpr size_t kPollBytesMax = 8u << 20;
inline constexpr size_t kAppendQueueBytesMax = 32u << 20;  // appends waiting in one Log; then Append blocks
inline constexpr size_t kReadTopicsMax = 4'096;            // topics of one reader
inline constexpr size_t kTopicNameBytesMax = 200;  // Kafka allows 249

// --- gRPC
inline constexpr int kGrpcMessageBytesMax = 16 << 20;
inline constexpr int kGrpcMetadataBytesMax = 16 << 10;
inline constexpr int kGrpcStreamsPerConnectionMax = 128;
inline constexpr int kGrpcStreamsPerPeerMax = 64;      // open LogService streams of one node, over all its connections
inline constexpr size_t kGrpcServerBytesMax = 512u << 20;  // buffers of all connections of one server
inline constexpr int kGrpcServerThreadsMax = 512;          // a synchronous stream holds a thread: members x open streams
static_assert(size_t{kGrpcMessageBytesMax} > kAppendBytesMax + kAppendRecordsMax * 8, "an append fits one message");

// --- HTTP (net/http.h)
inline constexpr size_t kHttpHeadersMax = 100;
inline constexpr int kHttpConnectionsMax = 12'000;                  // of one server
inline constexpr size_t kHttpAddressesMax = 16'384;                // whose rate is remembered; more: who has nothing in progress is forgotten
inline constexpr size_t kHttpCompressBytesMin = 1'024;             // a shorter answer is sent as it is
inline constexpr int kHttpCompressionsAtOnceMax = 4;               // of one process; more: answers are sent as they are
inline constexpr int kHttpHandlerThreads = 16;                     // a handler may wait for a durable append
inline constexpr size_t kHttpBodiesInFlightBytesMax = 512u << 20;  // request bodies of all connections of one server
inline constexpr size_t kHttpRateBytesPerSecondMin = 128u << 10;   // deadlines grow with the size at this rate
inline constexpr int kHttpLingerMs = 2'000;                        // reading on after an early answer, so that it arrives
static_assert(size_t{kHttpConnectionsMax} < kHttpAddressesMax, "an address with a connection always has its place");
inline constexpr size_t kHttpFetchBytesMax = 256u << 20;           // answer taken by our own client
inline constexpr int kHttpStreamSendBufferBytes = 256 << 10;       // the kernel's buffer of a connection that streams

// --- what this node fetches elsewhere (net/egress.h, AC-41..46)
inline constexpr size_t kEgressUrlBytesMax = 4'096;
inline constexpr size_t kEgressHeaderBytesMax = 64u << 10;          // head of an answer, kHttpHeadersMax fields
inline constexpr size_t kEgressAnswerBytesMax = 64u << 20;          // a caller may ask for less
inline constexpr size_t kEgressRateBytesPerSecondMin = 1u << 10;    // of an answer, once it took longer than the grace
inline constexpr int kEgressGraceMs = 10'000;
inline constexpr size_t kEgressAddressesMax = 32;                   // that a name may have
inline constexpr size_t kEgressNetworksMax = 64;                    // internal networks allowed to one destination

// --- TAXII client: pull and push (taxii/pull.h, taxii/push_out.h)
inline constexpr size_t kPullFeedsMax = 64;
inline constexpr size_t kPullPageBytesMax = 64u << 20;
inline constexpr int kPullPageObjectsMax = 10'000;
inline constexpr int kPullObjectsPerPollMax = 100'000;               // then the next poll goes on there
inline constexpr int kPullEmptyPagesMax = 100;                       // one behind the other that promise more
inline constexpr size_t kPullMemoryMax = 200'000;                    // versions of one feed remembered as taken
inline constexpr size_t kPushTargetsMax = 64;
inline constexpr size_t kPushBatchBytesMax = 8u << 20;
inline constexpr size_t kPushBatchObjectsMax = 1'000;
inline constexpr size_t kPushedMax = 500'000;                        // versions of one target remembered as pushed
static_assert(kPullPageBytesMax <= kEgressAnswerBytesMax, "a page can be fetched");
inline constexpr int kHttpConnectionsPerAddressMax = 8'000;

// --- LogService
inline constexpr size_t kAppendWindowCallsMax = 256;       // unanswered messages of one append stream
inline constexpr size_t kAppendWindowBytesMax = 16u << 20;
inline constexpr size_t kDeliveriesPerReplyMax = 1'024;
inline constexpr size_t kDeliveryReplyBytes = 1u << 20;    // a reply ends with the delivery that reaches it
inline constexpr size_t kReplyQueueBytesMax = 16u << 20;   // replies that a reader was sent and nobody polled yet
inline constexpr size_t kPositionBytesMax = 256u << 10;
static_assert(kDeliveryReplyBytes + 2 * kRecordBytesMax < size_t{kGrpcMessageBytesMax}, "a reply fits one message");

// --- TAXII and its store
inline constexpr int kTaxiiPageObjectsMax = 1'000;             // `limit` is clamped to it
inline constexpr int kTaxiiPageObjectsDefault = 100;
inline constexpr size_t kTaxiiPageBytesMax = 16u << 20;        // a page ends early behind it
static_assert(kTaxiiPageBytesMax > 2 * kObjectBytesMax, "every object fits a page");
inline constexpr size_t kTaxiiMatchValuesMax = 500;            // values of one match[...] (AC-26)
inline constexpr size_t kTaxiiCursorBytesMax = 4'096;
inline constexpr size_t kTaxiiStatusItemsMax = 100'000;        // = kObjectsPerRequestMax: a status names every object

// --- accounts and their credentials
inline constexpr size_t kAccountsMax = 100'000;
inline constexpr size_t kAccountsFileBytesMax = 16u << 20;
inline constexpr size_t kTokensPerAccountMax = 32;
inline constexpr size_t kNetworksMax = 64;                     // allowed networks of an account or token
inline constexpr size_t kIdentitiesPerAccountMax = 16;         // certificates, and subjects of the OIDC issuer
inline constexpr size_t kUserNameBytesMax = 255;
inline constexpr size_t kDescriptionBytesMax = 200;            // of a token
inline constexpr size_t kAuthorizationBytesMax = 8u << 10;     // AC-39
inline constexpr size_t kPasswordBytesMin = 12;
inline constexpr size_t kPasswordBytesMax = 1'024;
inline constexpr int kPasswordChecksAtOnceMax = 2;             // Argon2id takes 64 MiB each
inline constexpr int kPasswordChecksWaitingMax = 12;
static_assert(kPasswordChecksAtOnceMax + kPasswordChecksWaitingMax < kHttpHandlerThreads, "guessing leaves threads for those who are known");
inline constexpr size_t kVerifiedCredentialsMax = 4'096;
inline constexpr int64_t kVerifiedCredentialUs = 60ll * 1'000'000;
inline constexpr int kAuthFailuresPerMinuteMax = 60;           // per user name and per source address
inline constexpr size_t kAuthFailureSlots = 16'384;            // fixed: names and addresses share them by a keyed hash
inline constexpr size_t kLastUsesMax = 200'000;
inline constexpr int64_t kLastUsesWriteIntervalUs = 60ll * 1'000'000;

// --- JSON Web Tokens of an OIDC issuer (AC-84, RFC 8725)
inline constexpr size_t kKeySetBytesMax = 256u << 10;
inline constexpr size_t kKeySetKeysMax = 64;
inline constexpr int kRsaBitsMin = 2'048;
inline constexpr int kRsaBitsMax = 8'192;
inline constexpr int64_t kJwtLifeSecondsMax = 24ll * 3600;     // between `iat` and `exp`: an `exp` in milliseconds is far beyond
inline constexpr int64_t kKeySetRefreshSeconds = 3'600;
inline constexpr int64_t kKeySetAgeSecondsMax = 24ll * 3600;   // older keys count no more
inline constexpr int64_t kKeySetRetrySecondsMin = 15;          // doubles after each failure, up to the refresh interval
inline constexpr int64_t kKeySetUnknownKeySeconds = 60;        // a token with an unknown key asks for a refresh this often at most
inline constexpr int kKeySetFetchMs = 10'000;

// --- the gateway's store and its log
inline constexpr size_t kStoreBlockCacheBytes = 256u << 20;
inline constexpr int64_t kTopicLookIntervalMs = 2'000;         // new audience topics

// --- push: streams, feeds, webhooks
inline constexpr int kStreamsMax = 2'000;                      // open streams of one server
inline constexpr int kStreamsPerAccountMax = 1'000;
inline constexpr int kStreamTurnObjects = 100;                 // objects put into a stream's buffer at a time
inline constexpr size_t kStreamTurnBytes = 256u << 10;         // ... a turn ends behind it
inline constexpr size_t kStreamBufferBytesMax = 12u << 20;     // one turn as events: each line feed becomes seven bytes, and the bytes may be there twice
static_assert(kStreamBufferBytesMax > 9 * (kStreamTurnBytes + kObjectBytesMax), "every object fits a stream");
inline constexpr int64_t kStreamHeartbeatMs = 15'000;
inline constexpr int64_t kStreamRightsLookMs = 500;            // rights are judged again: well below the 2 s promised
inline constexpr size_t kFeedsMax = 256;
inline constexpr size_t kFeedFilterValuesMax = 500;            // values of one condition
inline constexpr size_t kFeedBuildEntries = 2'048;             // entries looked at in one turn of building a feed's index
inline constexpr size_t kFacetLabelsMax = 64;                  // labels kept of one object; more: it matches by those
inline constexpr size_t kFacetLabelBytesMax = 256;
inline constexpr size_t kWebhooksMax = 256;
inline constexpr size_t kWebhookSecretsMax = 4;
inline constexpr size_t kWebhookAnswerBytesMax = 64u << 10;
inline constexpr size_t kWebhookCountMax = 10'000;             // a notice counts up to here, and the next one goes on

// --- trust
inline constexpr size_t kBatchLeavesMax = 1'024;  // signature batch, padding included
inline constexpr size_t kProofPathMax = 10;       // log2(kBatchLeavesMax)
inline constexpr size_t kHopsMax = 8;
static_assert((size_t{1} << kProofPathMax) == kBatchLeavesMax, "a path reaches from leaf to root");
inline constexpr size_t kSignatureCacheMax = 4'096;  // batch roots whose signature was seen to be good
inline constexpr size_t kNodesMax = 16'384;          // in one directory
inline constexpr size_t kNodeKeysMax = 16;           // signing keys of one node, retired ones included
inline constexpr size_t kNodeNameBytesMax = 63;      // also federations and layers (SPIFFE path segments)
inline constexpr size_t kOrgNameBytesMax = 32;

// --- configuration
inline constexpr size_t kConfigBytesMax = 1u << 20;
inline constexpr int kConfigDepthMax = 32;
inline constexpr size_t kUplinksMax = 64;

// --- relay
inline constexpr size_t kStepObjectsMax = 1'024;      // objects decided in one relay step
inline constexpr size_t kGrantsPerObjectMax = 4'096;  // versions x origins kept for one id
inline constexpr size_t kScopeBoundsMax = 64;         // distinct scopes of newer versions kept as bounds of older ones
inline constexpr size_t kRecipientsMax = 1'024;       // names in one scope
inline constexpr size_t kHeldObjectsMax = 1'000'000;
inline constexpr size_t kRulesMax = 4'096;

static_assert(kAppendBytesMax <= kAppendQueueBytesMax, "one append always fits the queue");
static_assert(kRecordBytesMax < kAppendBytesMax, "one record always fits one append");

}  // namespace noroshi::limits
