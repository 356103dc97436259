using Holdfast.Engine.Manifest;
using Holdfast.Engine.Repositories;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.S3;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Holdfast.Tests.Engine.Manifest;
using Holdfast.Tests.Restic.Backends.S3;
using Xunit;

namespace Holdfast.Tests.Engine.Repositories;

/// <summary>What a manifest says of a storage is what the storage is asked with.</summary>
public sealed class StorageSettingsTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Requests_carry_what_the_manifest_says()
    {
        await using var server = CannedS3Server.Answering(200);
        await using var storage = await OpenAsync($"s3: {server.Endpoint}bucket/app, {Secrets()}, style: path, storage_class: STANDARD_IA, object_lock: {{ mode: compliance, days: 10 }}, connections: 7");

        foreach (var type in new[] { FileType.Pack, FileType.Lock }) await storage.Backend.WriteAsync(new FileHandle(type, Id.Random()), new byte[5], Token);

        Assert.Equal(7, storage.Backend.Connections);
        var (pack, locked) = (server.Requests[0], server.Requests[1]);
        Assert.StartsWith("/bucket/app/data/", pack.Path, StringComparison.Ordinal);
        Assert.Equal(("STANDARD_IA", "COMPLIANCE", "the token"), (pack.Headers["x-amz-storage-class"], pack.Headers["x-amz-object-lock-mode"], pack.Headers["x-amz-security-token"]));
        Assert.Contains("the-id/", pack.Headers["Authorization"], StringComparison.Ordinal);
        var until = DateTimeOffset.Parse(pack.Headers["x-amz-object-lock-retain-until-date"]!, System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(until - TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(9.9), TimeSpan.FromDays(10.1));
        // A lock must go when the work is done.
        Assert.Null(locked.Headers["x-amz-object-lock-mode"]);
    }

    [Theory]
    [InlineData("s3: https://s3.example.org/bucket", ", key_id: { file: ID }, secret: { file: ID }")]
    [InlineData("rest: https://127.0.0.1:9/", "")]
    public async Task A_file_of_certificates_is_read_from_below_the_root(string storage, string more)
    {
        _temp.WriteFile("storage.pem", "no certificate");
        _temp.WriteFile("ID", "id");
        File.SetUnixFileMode(_temp["ID"], UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var error = await Assert.ThrowsAsync<HoldfastException>(() => OpenAsync($"{storage}{more}, ca: storage.pem"));

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(_temp["storage.pem"], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_said_is_as_restic_has_it()
    {
        var settings = Declared("rest: https://host/").Settings;

        Assert.Equal(StorageSettings.Standard, settings);
        Assert.Equal((5, S3Addressing.Auto), (settings.Connections, settings.Addressing));
    }

    [Theory]
    [InlineData("rest: https://host/, storage_class: STANDARD", "s3")]
    [InlineData("s3: https://host/bucket, object_lock: { mode: compliance }", "days")]
    [InlineData("s3: https://host/bucket, object_lock: { mode: complianse, days: 3 }", "compliance")]
    [InlineData("s3: https://host/bucket, object_lock: { mode: governance, days: 0 }", "36500")]
    [InlineData("s3: https://host/bucket, style: host", "virtual-host")]
    [InlineData("s3: https://host/bucket, storage_class: \"a\\nb\"", "capital letters")]
    [InlineData("path: /backups, style: path", "s3")]
    [InlineData("rest: https://host/, connections: 0", "is no whole number")]
    public void What_makes_no_sense_is_refused(string entry, string word) =>
        Assert.Contains(ManifestText.Read(Text(entry)).Errors, error => $"{error}".Contains(word, StringComparison.Ordinal));

    private string Secrets()
    {
        var sources = new[] { ("key_id", "the-id"), ("secret", "the secret"), ("session_token", "the token") }.Select(source =>
        {
            var path = _temp.WriteFile(source.Item1, source.Item2);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return $"{source.Item1}: {{ file: {path} }}";
        });
        return string.Join(", ", sources);
    }

    private RepositoryDeclaration Declared(string entry) =>
        ManifestReader.Read(System.Text.Encoding.UTF8.GetBytes(Text(entry)), "holdfast.yaml", _temp.Path).Require().Repositories[0];

    private static string Text(string entry) => $"application: orchard\ndatabases: {{ main: {{ sqlite: a.db }} }}\nrepositories: {{ far: {{ {entry} }} }}\n";

    private Task<RepositoryStorage> OpenAsync(string entry)
    {
        var declared = Declared(entry);
        var options = new StorageOptions { Environment = _ => null, Credentials = declared.Credentials, Settings = declared.Settings, Notice = _ => { } };
        return RepositoryStorage.OpenAsync(declared.Address, options, TimeProvider.System, Token);
    }
}
