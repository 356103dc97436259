using Holdfast.Engine.Secrets;
using Xunit;

namespace Holdfast.Tests.Engine.Secrets;

public sealed class SecretVariablesTests
{
    [Theory]
    [InlineData("HOLDFAST_PASSPHRASE", true)]
    [InlineData("RESTIC_PASSWORD", true)]
    [InlineData("RESTIC_REST_PASSWORD", true)]
    [InlineData("RESTIC_REST_USERNAME", false)]
    [InlineData("AWS_SECRET_ACCESS_KEY", false)]
    public void Programs_of_the_application_keep_what_may_be_their_own(string name, bool isSecret) => Assert.Equal(isSecret, SecretVariables.IsSecret(name));

    [Fact]
    public void What_reaches_another_machine_gets_no_key_of_storage_and_nothing_that_the_manifest_names()
    {
        var hidden = SecretVariables.HiddenFromTransport([new PassphraseSource.EnvironmentVariable("MY_SECRET"), new PassphraseSource.SecretFile("/key"), null]);

        Assert.Superset(new HashSet<string> { "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "MY_SECRET" }, hidden.ToHashSet(StringComparer.Ordinal));
    }
}
