# Draws psnr.svg from psnr.csv; gnuplot -e "format='png'" psnr.gnuplot draws psnr.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 900,910 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 360,364 font 'DejaVu Sans,10' background 'white'
}
set output 'psnr.' . format
set datafile separator comma
set style line 1 linecolor rgb '#000000' linewidth 1.5 dashtype 1 pointtype 7 pointsize 0.8
set style line 2 linecolor rgb '#0072b2' linewidth 1.5 dashtype (12,4) pointtype 4 pointsize 0.8
set style line 3 linecolor rgb '#d55e00' linewidth 1.5 dashtype (3,4) pointtype 9 pointsize 0.8
set style line 4 linecolor rgb '#009e73' linewidth 1.5 dashtype (12,4,3,4) pointtype 12 pointsize 0.8
set style line 5 linecolor rgb '#cc79a7' linewidth 1.5 dashtype (8,3) pointtype 5 pointsize 0.8
set style line 6 linecolor rgb '#56b4e9' linewidth 1.5 dashtype (2,2) pointtype 6 pointsize 0.8
set style line 7 linecolor rgb '#e69f00' linewidth 1.5 dashtype (14,3,2,3,2,3) pointtype 8 pointsize 0.8
set style line 8 linecolor rgb '#666666' linewidth 1.5 dashtype (6,6) pointtype 13 pointsize 0.8
set grid linecolor rgb '#dddddd' linewidth 0.6
set border 3
set tics nomirror
set tmargin at screen 1 - 0.07692
set bmargin at screen 0.3736
set rmargin 2
set xlabel 'bits of the weights [bit]'
set ylabel 'PSNR [dB]'
set label 1 'Quality against precision' at screen 0.5,0.96154 center font ',10'
set key at screen 0.5, screen 0.04670 center bottom horizontal maxcols 1 Left reverse samplen 4 width 1 font ',9'
set label 2 'n = 43' at screen 0.98, screen 0.02198 right font ',8' textcolor rgb '#555555'
set xrange [5.60000:14.4000]
set xtics ('6' 6, '7' 7, '8' 8, '9' 9, '10' 10, '12' 12, '14' 14)
plot 'psnr.csv' using 1:2 with linespoints linestyle 1 title 'activations 8 bit', \
     'psnr.csv' using 1:3 with linespoints linestyle 2 title 'activations 9 bit', \
     'psnr.csv' using 1:4 with linespoints linestyle 3 title 'activations 10 = 12 = 14 bit', \
     'psnr.csv' using 1:5 with linespoints linestyle 4 title 'activations 11 = 13 bit', \
     48.387823 with lines linecolor rgb '#555555' linewidth 1 dashtype (2,3) title 'float network'
