using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>The running checksum of the write-ahead log (https://sqlite.org/fileformat2.html, section 4.2).</summary>
internal readonly record struct WalChecksum(uint First, uint Second)
{
    /// <summary>The checksum after some more bytes; their number is a multiple of 8.</summary>
    /// <param name="bytes">What follows.</param>
    /// <param name="bigEndian">How the words are read: the low bit of the log's magic number.</param>
    public WalChecksum Add(ReadOnlySpan<byte> bytes, bool bigEndian)
    {
        var words = MemoryMarshal.Cast<byte, uint>(bytes);
        var (first, second) = (First, Second);
        if (bigEndian != BitConverter.IsLittleEndian)
        {
            for (var i = 0; i + 1 < words.Length; i += 2)
            {
                first += words[i] + second;
                second += words[i + 1] + first;
            }
        }
        else
        {
            for (var i = 0; i + 1 < words.Length; i += 2)
            {
                first += BinaryPrimitives.ReverseEndianness(words[i]) + second;
                second += BinaryPrimitives.ReverseEndianness(words[i + 1]) + first;
            }
        }

        return new WalChecksum(first, second);
    }
}
