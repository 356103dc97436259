using System.Globalization;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Processes;

public sealed class PriorityTests
{
    [Fact]
    public async Task Threads_and_programs_to_come_inherit_the_lower_priority()
    {
        RealComponent.RequireRoot("raise the priority again afterwards");
        var ionice = RealComponent.Require("ionice");
        try
        {
            var result = Priority.LowerForThisProcess();
            Assert.True(result.Threads > 1);
            Assert.Equal(0, result.Refused);
            var child = await new ChildProcess(TimeProvider.System).RunAsync(
                new ChildProcessOptions { Program = "sh", Arguments = ["-c", "nice; \"$0\"", ionice] },
                TestContext.Current.CancellationToken);
            Assert.Equal("10\nbest-effort: prio 7\n", child.OutputText);
        }
        finally
        {
            foreach (var entry in DirectoryListing.Read(FilePath.From("/proc/self/task")))
            {
                var thread = uint.Parse(entry.Name, CultureInfo.InvariantCulture);
                LibCProcesses.SetPriority(0, thread, 0);
                LibCProcesses.SetIoPriority(SystemCallNumber.SetIoPriority, 1, (nint)thread, 0);
            }
        }
    }
}
