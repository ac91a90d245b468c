# Draws loss.svg from loss.csv; gnuplot -e "format='png'" loss.gnuplot draws loss.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 1150,850 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 460,340 font 'DejaVu Sans,10' background 'white'
}
set output 'loss.' . format
set datafile separator comma
set style line 1 linecolor rgb '#000000' linewidth 1.5 dashtype 1 pointtype 7 pointsize 0.8
set style line 2 linecolor rgb '#0072b2' linewidth 1.5 dashtype (12,4) pointtype 4 pointsize 0.8
set style line 3 linecolor rgb '#d55e00' linewidth 1.5 dashtype (3,4) pointtype 9 pointsize 0.8
set style line 4 linecolor rgb '#009e73' linewidth 1.5 dashtype (12,4,3,4) pointtype 12 pointsize 0.8
set style line 5 linecolor rgb '#cc79a7' linewidth 1.5 dashtype (8,3) pointtype 5 pointsize 0.8
set style line 6 linecolor rgb '#56b4e9' linewidth 1.5 dashtype (2,2) pointtype 6 pointsize 0.8
set style line 7 linecolor rgb '#e69f00' linewidth 1.5 dashtype (14,3,2,3,2,3) pointtype 8 pointsize 0.8
set style line 8 linecolor rgb '#666666' linewidth 1.5 dashtype (6,6) pointtype 13 pointsize 0.8
set key below left Left reverse samplen 4 width 2 font ',9'
set grid linecolor rgb '#cccccc' linewidth 0.8
set border 3
set tics nomirror
set xlabel 'bits of the weights' offset 0,0.6
set ylabel 'PSNR of integer - float (dB)'
set title 'What integers change, ten layers'
set xtics ('6' 6, '8' 8, '10' 10, '12' 12)
set xrange [5.7:12.3]
plot 'loss.csv' using ($1 - 0.0900):2:3:4 with yerrorlines linestyle 1 title 'activations 8 bit', \
     'loss.csv' using ($1 - 0.0300):5:6:7 with yerrorlines linestyle 2 title 'activations 10 bit', \
     'loss.csv' using ($1 + 0.0300):8:9:10 with yerrorlines linestyle 3 title 'activations 12 bit', \
     'loss.csv' using ($1 + 0.0900):11:12:13 with yerrorlines linestyle 4 title 'activations 14 bit'
